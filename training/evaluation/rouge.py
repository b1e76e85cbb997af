"""ROUGE-1, ROUGE-2 and ROUGE-L between two texts, as F1 and without stemming.

Words are runs of letters and digits in any script, without case; on ASCII text the figures are
those of the `rouge-score` package with `use_stemmer=False`: an underscore ends a word.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Rouge:
    """The three F1 scores, 0 to 1."""

    rouge1: float
    rouge2: float
    rouge_l: float


def rouge(predicted: str, annotated: str) -> Rouge:
    """How much two texts have in common; a text without words has nothing in common."""
    left, right = words(predicted), words(annotated)
    return Rouge(
        rouge1=_ngram_f1(left, right, 1),
        rouge2=_ngram_f1(left, right, 2),
        rouge_l=_f1(longest_common_subsequence(left, right), len(left), len(right)),
    )


def words(text: str) -> list[str]:
    """The words of a text, case folded."""
    return _WORD.findall(text.casefold())


def longest_common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Its length.

    Bit-parallel after Hyyrö (2004): one step of big-integer arithmetic per word of `right`, which
    keeps two long texts from costing the product of their lengths.
    """
    places: dict[str, int] = {}
    for at, word in enumerate(left):
        places[word] = places.get(word, 0) | 1 << at
    everywhere = (1 << len(left)) - 1
    unmatched = everywhere
    for word in right:
        matched = unmatched & places.get(word, 0)
        unmatched = (unmatched + matched | unmatched - matched) & everywhere
    return len(left) - unmatched.bit_count()


def _ngram_f1(left: list[str], right: list[str], size: int) -> float:
    left_grams, right_grams = _ngrams(left, size), _ngrams(right, size)
    return _f1((left_grams & right_grams).total(), left_grams.total(), right_grams.total())


def _ngrams(tokens: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[start:] for start in range(size)), strict=False))


def _f1(common: int, left: int, right: int) -> float:
    return 2 * common / (left + right) if common else 0.0
