"""Readings, and the records that they give."""

from collections import Counter

import pytest

from schemas.summary import NOT_STATED
from summarizer.segmentation import split
from tests.project import ROOT
from training.matching import matching_segments
from training.recipe.category import CATEGORIES
from training.recipe.readings import (
    MAX_ANSWER_CHARS,
    Reading,
    joined,
    read_readings,
    record_of,
    to_learn_from,
)

READING = Reading(
    id="tidev:TIMOB-1",
    source="tidev/jira-archive",
    licence="Apache-2.0",
    project="tidev.TIMOB",
    side="train",
    kind="bug",
    title="The window is empty",
    title_says="actual",
    description="Open it.\nNothing is drawn.\nThe window stays white.\nIt should show a map.",
    actual=["Nothing is drawn.", "The window stays white."],
    best_actual="The window stays white.",
    expected=["It should show a map."],
    best_expected="It should show a map.",
    steps=["Open it."],
    environment=[],
    solution=[],
    category="ui",
    doubtful=False,
)


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    return read_readings(ROOT / "data" / "readings.jsonl.gz")


def test_the_most_telling_sentence_comes_first() -> None:
    output = record_of(READING).output
    assert output.actual_behavior == "The window stays white. Nothing is drawn."
    assert output.expected_behavior == "It should show a map."
    assert output.environment == output.suggested_solution == NOT_STATED
    assert output.bug_category == "ui"


def test_a_title_that_is_given_tells_what_it_says() -> None:
    record = record_of(READING, with_title=True)
    assert record.id == "tidev:TIMOB-1/read+title"
    assert (record.input.description or "").startswith("The window is empty\n\nOpen it.")
    assert record.output.actual_behavior.startswith("The window is empty ")
    neither = READING.model_copy(update={"title_says": "neither"})
    assert "window is empty" not in record_of(neither, with_title=True).output.actual_behavior


def test_only_the_best_is_only_the_best() -> None:
    assert record_of(READING, best_only=True).output.actual_behavior == "The window stays white."


def test_a_reading_is_learnt_from_with_and_without_its_title() -> None:
    assert [one.id for one in to_learn_from([READING])] == [
        "tidev:TIMOB-1/read",
        "tidev:TIMOB-1/read+title",
    ]
    untitled = READING.model_copy(update={"title": ""})
    assert len(list(to_learn_from([untitled]))) == 1


def test_an_answer_is_bounded() -> None:
    text = joined(["word " * 100] * 5, " ")
    assert 400 < len(text) <= MAX_ANSWER_CHARS
    assert joined([], " ") == NOT_STATED


def test_the_shipped_readings_quote_their_reports(readings: list[Reading]) -> None:
    assert len(readings) == len({one.id for one in readings}) > 3_000
    for one in readings:
        assert one.best_actual in one.actual if one.actual else one.best_actual is None
        assert one.best_expected in one.expected if one.expected else one.best_expected is None
        assert one.category in CATEGORIES
        assert one.licence in ("MIT", "Apache-2.0", "CC-BY-4.0")


def test_what_they_quote_is_found_in_the_report_as_it_is_cut_now(readings: list[Reading]) -> None:
    quoted = found = 0
    for one in readings[::20]:
        segments = split(one.description, "description")
        for text in (*one.actual, *one.expected, *one.environment, *one.solution):
            quoted += 1
            found += bool(matching_segments(text, segments))
    assert found > 0.99 * quoted > 500


def test_they_are_split_into_what_is_learnt_fitted_and_measured(readings: list[Reading]) -> None:
    sides = Counter(one.side for one in readings)
    assert sides["train"] > 2_000
    assert sides["project"] + sides["time"] + sides["random"] >= 400
    fitted = sum(one.is_for_calibration for one in readings)
    assert 0.1 < fitted / sides["train"] < 0.2
    assert not any(one.is_for_calibration for one in readings if one.side != "train")
