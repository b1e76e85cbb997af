"""Texts as sets of word runs, by which it is told how alike two texts are."""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.uint32]
"""The distinct hashes of a text's runs of words, ascending."""

RUN_WORDS = 3
MAX_WORDS = 1000
"""Words of a text that are looked at, from its beginning; bounds the time that a text takes."""

_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese, which put no spaces between words."""
_WORD = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")

_random = np.random.default_rng(20261126)
_WORD_FACTORS = _random.integers(1, 2**63, RUN_WORDS, dtype=np.uint64) | np.uint64(1)
_HALF = np.uint64(32)


def word_runs(words: Sequence[str]) -> Runs:
    """The runs of three words in a text; one run of all its words where there are fewer.

    In scripts without spaces each character is a word. The same for the same words in every
    process.
    """
    hashes = np.array([zlib.crc32(word.encode()) for word in _words(words)], dtype=np.uint64)
    hashes = np.pad(hashes, (0, max(0, RUN_WORDS - len(hashes))))
    count = len(hashes) - RUN_WORDS + 1
    runs = np.zeros(count, dtype=np.uint64)
    for at, factor in enumerate(_WORD_FACTORS):
        runs += hashes[at : at + count] * factor
    return np.unique((runs >> _HALF).astype(np.uint32))


def _words(words: Sequence[str]) -> list[str]:
    first = words[:MAX_WORDS]
    return [part for word in first for part in _WORD.findall(word)][:MAX_WORDS]
