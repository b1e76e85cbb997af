"""The reports that are summarized: pseudo-random ones of an exact length, and real ones."""

import json
import random
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path

from schemas.report import ReportInput

SOURCE_TOKENS = 256
SENTENCES = 15
WORDS = 15
"""In our rendering a sentence is a marker, its words and a full stop; the end token comes last."""

FIELD_TOKENS = 20
FIELDS = 5
TARGET_TOKENS = FIELDS * FIELD_TOKENS

_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "kl")
_VOWELS = ("a", "e", "i", "o", "u", "ai")
_SYLLABLES = tuple(onset + vowel for onset, vowel in product(_ONSETS, _VOWELS))

HELD_OUT = Path(__file__).resolve().parent.parent / "data" / "held_out.jsonl"


def words(number: int) -> list[str]:
    """The first so many of a fixed list of distinct made-up words of three syllables."""
    made = ("".join(syllables) for syllables in product(_SYLLABLES, repeat=3))
    return [word for word, _ in zip(made, range(number), strict=False)]


VOCABULARY = words(31_996)


def report_text(number: int, words_per_sentence: int = WORDS) -> str:
    """The text of report `number`: every number has its own, and always the same."""
    rng = random.Random(number)
    sentences = (
        " ".join(rng.sample(VOCABULARY, words_per_sentence)).capitalize() + "."
        for _ in range(SENTENCES)
    )
    return "\n\n".join(sentences)


def report(number: int) -> ReportInput:
    """What our engine is given; it renders `SOURCE_TOKENS` tokens of it."""
    return ReportInput(description=report_text(number))


def peer_text(number: int) -> str:
    """What a peer is given: a word more per sentence in place of our marker, so as many tokens."""
    return report_text(number, WORDS + 1)


def numbers(first: int = 0) -> Iterator[int]:
    """Numbers of reports that were not used before, so that no cache helps anyone."""
    return count(first)


def held_out() -> list[ReportInput]:
    """The real reports that the bundled model was not trained on, in a fixed random order."""
    with HELD_OUT.open(encoding="utf-8") as lines:
        reports = [ReportInput.model_validate(json.loads(line)["input"]) for line in lines]
    random.Random(0).shuffle(reports)
    return reports


def is_whole_answer(texts: list[str]) -> bool:
    """Whether these are the texts of all fields, with exactly as many tokens as each must have."""
    return len(texts) == FIELDS and all(len(text.split()) == FIELD_TOKENS for text in texts)
