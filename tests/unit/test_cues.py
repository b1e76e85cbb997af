"""The keyword rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import cues
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


WORDS = [
    *(cue for rules in (cues._EXPECTED, cues._NOT_EXPECTED, cues._FAILURE) for _, cue in rules)
]
WORDS += [cue for _, cue in cues._CATEGORY]


@settings(deadline=None)
@pytest.mark.parametrize("cue", WORDS, ids=lambda cue: cue._any.pattern[:30])
@given(data=st.data())
def test_plain_text_has_the_cues_that_a_search_in_any_case_finds(
    cue: cues._Cue, data: st.DataObject
) -> None:
    said = data.draw(st.from_regex(cue._any))
    text = data.draw(st.sampled_from([said, said.upper(), said.title(), f"x{said}", said[1:]]))
    assert cue.is_in(text, cues._lowered(text)) == (cue._any.search(text) is not None)


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("Crash on save, firefox 121 linux", 1.0),
        ("User Agent: Mozilla/5.0 (X11; Linux)", 1.0),
        ("Build: 2010-03-04", 0.8),
        ("tested on Galaxy S6 with 5.1", 0.7),
        ("I use Windows.", 0.4),
    ],
)
def test_a_line_that_names_a_platform_is_heard(text: str, least: float) -> None:
    assert cues.platform_cue(text) >= least


@pytest.mark.parametrize("text", ["The window is white.", "it works in 3 of 4 cases"])
def test_other_lines_name_no_platform(text: str) -> None:
    assert cues.platform_cue(text) == 0.0
