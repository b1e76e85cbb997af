"""Other forms of the same report."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.segmentation import SegmentKind, split
from training.recipe import noise
from training.words import token_f1, words

TEXT = (
    "The export button does nothing when the report has more than one page.\n\n"
    "I expected a file to be saved in the folder that was chosen before.\n\n"
    "- open a report\n- press export"
)
CHANGES = [change for _, change in noise.CHANGES]
names = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


@names
def test_the_words_stay(change: noise.Change) -> None:
    found = words(change(TEXT, "key"))
    kept = [word for word in words(TEXT) if word in found]
    assert len(kept) >= 0.85 * len(words(TEXT))


@names
@given(text=st.text(max_size=200), key=st.text(max_size=5))
def test_any_text_is_changed_alike_every_time(change: noise.Change, text: str, key: str) -> None:
    assert change(text, key) == change(text, key)


def test_typos_are_as_many_as_asked_for() -> None:
    text = "several ordinary words stand here " * 400
    changed = noise.with_typos(text, "key", 0.05)
    different = sum(a != b for a, b in zip(text.split(), changed.split(), strict=True))
    assert 0.03 < different / len(text.split()) < 0.07
    assert noise.with_typos(text, "other", 0.05) != changed


def test_a_sentence_with_typos_is_still_found() -> None:
    sentence = "The export button does nothing when the report has more than one page."
    spoilt = noise.with_typos(sentence, "key", 0.05)
    assert token_f1(words(spoilt), words(sentence)) >= 0.8


def test_a_log_is_read_as_a_log() -> None:
    text = noise.with_log_in_front("The export button does nothing.", "key", 200)
    assert text.count("\n") == 201
    kinds = [segment.kind for segment in split(text, "description")]
    assert kinds.count(SegmentKind.PROSE) <= 8
    assert text.endswith("\n\nThe export button does nothing.")


def test_the_log_that_is_measured_with_is_not_the_one_that_is_learnt_with() -> None:
    learnt = noise.log_lines(300, "key")
    measured = noise.log_lines(300, "key", noise.MEASURED_LOG)
    events = [re.sub(r"\d+", "", line[-25:]) for line in learnt.split("\n")]
    assert not set(events) & {re.sub(r"\d+", "", line[-25:]) for line in measured.split("\n")}
    kinds = [segment.kind for segment in split(measured, "description")]
    assert SegmentKind.PROSE not in kinds


def test_lists_are_left_as_they_are() -> None:
    for change in (noise.wrapped, noise.as_html, noise.as_bullets, noise.on_one_line):
        assert "- open a report\n- press export" in change(TEXT, "key")


def test_one_line_is_one_line() -> None:
    assert noise.on_one_line("It fails.\n\nIt should not.\n\n* a\n* b") == (
        "It fails. It should not.\n\n* a\n* b"
    )


def test_wrapped_lines_are_short() -> None:
    assert max(map(len, noise.wrapped("word " * 200, "key").split("\n"))) <= 80


def test_each_change_comes_to_its_share() -> None:
    changed = [noise.varied(TEXT, str(number)) for number in range(2_000)]
    same = sum(text == TEXT for text in changed) / len(changed)
    asked = 1 - sum(part for part, _ in noise.CHANGES)
    # A short text may have no word for a typo.
    assert asked - 0.02 < same < asked + 0.1
    quoted = sum(bool(re.match("> ", text)) for text in changed) / len(changed)
    assert 0.01 < quoted < 0.03
