"""The keyword rules."""

import pytest

from summarizer.cues import category_cue, expected_cue, failure_cue


@pytest.mark.parametrize(
    "sentence",
    [
        "The button should be blue.",
        "I expected the page to load.",
        "It's supposed to close the dialog.",
        "Expected: a receipt",
        "The menu shouldn't cover the map.",
        "It ought to save the file.",
    ],
)
def test_an_expectation_is_heard(sentence: str) -> None:
    assert expected_cue(sentence) >= 0.6


@pytest.mark.parametrize(
    "sentence",
    [
        "Should I reinstall?",
        "The app crashes on start.",
        "Unexpected token < in JSON",
        "You should see a red box.",
        "We should refactor the parser.",
        "",
    ],
)
def test_what_is_no_expectation_is_not_heard_as_one(sentence: str) -> None:
    assert expected_cue(sentence) < 0.6


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ("The app crashes on start.", "Open the app."),
        ("The list doesn't scroll.", "The list has ten rows."),
        ("It fails with an error.", "I use the latest version."),
    ],
)
def test_failures_sound_stronger_than_steps(stronger: str, weaker: str) -> None:
    assert failure_cue(stronger) > failure_cue(weaker)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("App crashes when I tap Pay", "crash"),
        ("XSS in the comment form", "security"),
        ("The editor freezes while saving", "hang"),
        ("Scrolling is very slow", "performance"),
        ("The javadoc of open() is wrong", "documentation"),
        ("Login does nothing", "functional"),
    ],
)
def test_categories_by_their_words(text: str, category: str) -> None:
    assert category_cue(text) == category
