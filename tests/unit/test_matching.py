"""Which segments of a report an annotation stands for."""

import pytest

from schemas.summary import FieldName
from summarizer.segmentation import split
from training.matching import best_match, matching_segments

REPORT = """Steps:
1. Open the list
2. Press delete

The row stays. The counter goes down anyway. Nothing is in the log."""


@pytest.mark.parametrize(
    ("annotation", "found"),
    [
        pytest.param("The row stays.", ["The row stays."], id="the-sentence"),
        pytest.param(
            "The row stays. The counter goes down anyway.",
            ["The row stays.", "The counter goes down anyway."],
            id="two-sentences",
        ),
        pytest.param("the ROW stays", ["The row stays."], id="another-case"),
        pytest.param(
            "The counter is going down", ["The counter goes down anyway."], id="other-words"
        ),
        pytest.param("It burns", [], id="nothing-like-it"),
        pytest.param("Steps", [], id="headings-never"),
        pytest.param("!?", [], id="no-words"),
    ],
)
def test_an_annotation_stands_for_the_segments_that_say_it(
    annotation: str, found: list[str]
) -> None:
    segments = split(REPORT, "description")
    assert [segments[at].text for at in matching_segments(annotation, segments)] == found


def test_the_best_match_is_one_segment_with_its_likeness() -> None:
    segments = split(REPORT, "description")
    match = best_match("The counter goes down", segments, FieldName.ACTUAL_BEHAVIOR)
    assert match is not None
    assert segments[match.index].text == "The counter goes down anyway."
    assert match.score == pytest.approx(8 / 9)


def test_the_same_words_in_another_order_are_not_the_same() -> None:
    segments = split("The row stays.", "description")
    match = best_match("Stays the row", segments, FieldName.ACTUAL_BEHAVIOR)
    assert match is not None
    assert match.score < 1


def test_no_shared_word_is_no_match() -> None:
    assert best_match("It burns", split(REPORT, "description"), FieldName.ACTUAL_BEHAVIOR) is None
