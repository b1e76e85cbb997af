"""How much annotations say."""

import pytest

from schemas.summary import FieldName
from tests.unit.checks.conftest import FILES, checked, made, places
from training.data.checks.annotations import Annotations


def test_fields_that_are_not_stated_and_words_are_counted() -> None:
    check = Annotations(FILES)
    found = checked(
        check,
        [
            made(actual_behavior="one two three four", bug_category="ui"),
            made(actual_behavior="one", expected_behavior="five " * 5),
        ],
    )
    assert found == []
    assert check.not_stated[FieldName.ENVIRONMENT] == 2
    assert check.not_stated[FieldName.BUG_CATEGORY] == 1
    assert check.not_stated[FieldName.ACTUAL_BEHAVIOR] == 0
    words = check.words[FieldName.ACTUAL_BEHAVIOR]
    assert words.counts[words.edges.index(0)] == 1
    assert words.counts[words.edges.index(3)] == 1
    assert words.total == 2


def test_an_output_of_a_category_alone_is_found() -> None:
    (finding,) = checked(
        Annotations(FILES),
        [made(bug_category="ui", environment="OS: Linux"), made(bug_category="ui")],
    )
    assert (finding.count, places(finding)) == (1, [(2, "output", "")])


@pytest.mark.parametrize("text", ["N/A", "not stated.", "None.", "-", "NOT_PROVIDED", "unknown"])
def test_nothing_in_other_words_is_found(text: str) -> None:
    (finding,) = checked(Annotations(FILES), [made(actual_behavior="x y", expected_behavior=text)])
    assert places(finding) == [(1, "output.expectedBehavior", "")]
    assert '"Not stated"' in finding.fix


@pytest.mark.parametrize(
    "text", ["None of the buttons works.", "Unknown host", "Not stated", "not  STATED"]
)
def test_what_says_something_is_no_finding(text: str) -> None:
    records = [made(actual_behavior="x y", expected_behavior=text)]
    assert checked(Annotations(FILES), records) == []
