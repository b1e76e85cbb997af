"""Records out of issues: what is cut, what is scrubbed, what a person should know."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.report import MAX_DESCRIPTION_CHARS, MAX_STACKTRACE_CHARS
from schemas.summary import NOT_STATED
from summarizer.segmentation import split
from tests.exports import EXPORTS, import_files
from training.importers.bugzilla import Bugzilla
from training.importers.drafting import cut, draft
from training.importers.github import GitHub
from training.importers.issue import Issue
from training.importers.jira import Jira
from training.importers.sentry import Sentry
from training.importers.tally import Note
from training.importers.tool import Tool
from training.matching import matching_segments


def issue(**changes: Any) -> Issue:
    return Issue(**{"record_id": "github:a/b#1", "title": "Saving fails", **changes})


def test_personal_data_and_secrets_are_scrubbed_from_every_text() -> None:
    told = issue(
        title="Saving fails for jo.doe@corp.example",
        text="Actual: it fails for jo.doe@corp.example, password=abcdef123456",
        stacktrace='File "/home/jdoe/shop.py", line 3, in f',
        env={"device": "/Users/jdoe/phone"},
    )
    scrubbed = draft(told).record.model_dump_json()
    assert "jo.doe" not in scrubbed
    assert "jdoe" not in scrubbed
    assert "abcdef123456" not in scrubbed
    assert "it fails for user@example.com" in scrubbed
    kept = draft(told, scrubbed=False).record.model_dump_json()
    assert kept.count("jo.doe@corp.example") == 3
    assert kept.count("jdoe") == 3


@pytest.mark.parametrize(
    ("changes", "note", "part", "limit"),
    [
        pytest.param(
            {"text": "line of text\n" * 10_000},
            Note.CUT_DESCRIPTION,
            "description",
            MAX_DESCRIPTION_CHARS,
            id="description",
        ),
        pytest.param(
            {"stacktrace": "\tat a.b.C(D.java:1)\n" * 12_000},
            Note.CUT_STACKTRACE,
            "stacktrace_text",
            MAX_STACKTRACE_CHARS,
            id="stack-trace",
        ),
    ],
)
def test_what_is_too_long_is_cut_at_a_line(
    changes: dict[str, str], note: Note, part: str, limit: int
) -> None:
    made = draft(issue(**changes), scrubbed=False)
    text = getattr(made.record.input, part)
    assert limit - 100 < len(text) <= limit
    whole = next(iter(changes.values()))
    assert text.splitlines()[-1] == whole.splitlines()[0]
    assert note in made.notes


def test_what_was_cut_off_is_not_stated() -> None:
    text = "It is so.\n" * 12_000 + "Expected: it saves the cart"
    made = draft(issue(text=text), scrubbed=False)
    assert Note.CUT_DESCRIPTION in made.notes
    assert made.record.output.expected_behavior == NOT_STATED


def test_an_environment_that_is_too_long_is_cut_between_its_parts() -> None:
    value = ", ".join(f"Plug-in {number} 1.0" for number in range(100))
    made = draft(issue(env={"environment": value}), scrubbed=False)
    assert made.record.output.environment.endswith(" 1.0")
    assert len(made.record.output.environment) <= 500 + len("Environment: ")
    assert Note.CUT_ENVIRONMENT in made.notes


def test_images_beyond_the_limit_are_left_out() -> None:
    made = draft(issue(images=tuple(f"https://a.example/{number}.png" for number in range(25))))
    assert len(made.record.input.image_paths or []) == 20
    assert Note.CUT_IMAGES in made.notes


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        pytest.param("abc", 3, "abc", id="fits"),
        pytest.param("abcd\nefgh", 6, "abcd", id="line"),
        pytest.param("abcd\nefgh", 4, "abcd", id="line-end-at-the-limit"),
        pytest.param("abcd, efgh", 8, "abcd", id="comma"),
        pytest.param("abcd efgh", 8, "abcd", id="word"),
        pytest.param("a\nbcdefghij", 8, "a\nbcdefg", id="no-good-place"),
    ],
)
def test_a_text_is_cut_where_it_hurts_least(text: str, limit: int, kept: str) -> None:
    notes: list[Note] = []
    assert cut(text, limit, Note.CUT_DESCRIPTION, notes) == kept
    assert notes == ([] if kept == text else [Note.CUT_DESCRIPTION])


@pytest.mark.parametrize(
    ("changes", "notes"),
    [
        pytest.param({}, {Note.TITLE_ONLY, Note.TITLE_IS_ACTUAL}, id="title-only"),
        pytest.param({"text": "Actual: it stays blank"}, set(), id="section"),
        pytest.param({"text": "It is so."}, {Note.TITLE_IS_ACTUAL}, id="no-section"),
        pytest.param(
            {"title": "What is this?", "text": "It is so."}, {Note.NOTHING_STATED}, id="nothing"
        ),
        pytest.param(
            {"title": "What is this?", "stacktrace": "E: x"}, {Note.NOTHING_STATED}, id="trace-only"
        ),
    ],
)
def test_a_person_is_told_what_to_look_at(changes: dict[str, str], notes: set[Note]) -> None:
    assert set(draft(issue(**changes)).notes) == notes


def test_the_same_text_under_both_headings_states_no_expectation() -> None:
    output = draft(
        issue(text="Actual: An error is shown.\nExpected: an error is shown")
    ).record.output
    assert output.actual_behavior == "An error is shown."
    assert output.expected_behavior == NOT_STATED


def test_a_record_with_nothing_stated_still_has_its_category() -> None:
    output = draft(issue(title="Why is it so slow?", text="It is so.")).record.output
    assert output.bug_category == "performance"
    assert output.actual_behavior == NOT_STATED


def test_an_issue_that_says_nothing_is_no_record() -> None:
    with pytest.raises(ValidationError, match="the report is empty"):
        draft(issue(title="", text=""))


@pytest.mark.parametrize(
    ("tool", "names"),
    [
        pytest.param(GitHub(), ["github.json"], id="github"),
        pytest.param(Jira(), ["jira.json"], id="jira"),
        pytest.param(Bugzilla(), ["bugzilla.json", "bugzilla_comments.json"], id="bugzilla"),
        pytest.param(Sentry(), ["sentry.json", "sentry_api.json"], id="sentry"),
    ],
)
def test_what_a_draft_states_stands_in_its_report(tool: Tool, names: list[str]) -> None:
    """So that an extractive model can learn to point at it."""
    records, _ = import_files(tool, *(EXPORTS / name for name in names))
    for record in records:
        segments = split(record.input.description or "", "description")
        output = record.output
        for text in (output.actual_behavior, output.expected_behavior, output.suggested_solution):
            assert text == NOT_STATED or matching_segments(text, segments)
