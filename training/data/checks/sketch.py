"""Texts as sets of word runs, and signatures by which alike sets are found without comparing all.

A signature is a MinHash: the share of equal numbers in two of them estimates the Jaccard
similarity of the sets. It is cut into bands, and sets that agree in a whole band are candidates
(A. Broder, 1997; J. Leskovec et al., Mining of Massive Datasets, chapter 3).
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.uint32]
"""The distinct hashes of a text's runs of words, ascending."""

RUN_WORDS = 3
MAX_WORDS = 1000
"""Words of a text that are looked at, from its beginning; bounds the time that a text takes."""

BANDS, BAND_ROWS = 16, 4
"""Sets of similarity s agree in some band with probability 1 - (1 - s⁴)¹⁶: 0.9998 of 0.8."""

_random = np.random.default_rng(20261126)
_FACTORS = _random.integers(1, 2**63, (BANDS * BAND_ROWS, 1), dtype=np.uint64) | np.uint64(1)
_TERMS = _random.integers(0, 2**63, (BANDS * BAND_ROWS, 1), dtype=np.uint64)
_WORD_FACTORS = _random.integers(1, 2**63, RUN_WORDS, dtype=np.uint64) | np.uint64(1)
_BAND_FACTORS = _random.integers(1, 2**63, BAND_ROWS, dtype=np.uint64) | np.uint64(1)
_BAND_TERMS = _random.integers(0, 2**63, BANDS, dtype=np.uint64)
_HALF = np.uint64(32)


def word_runs(words: Sequence[str]) -> Runs:
    """The runs of three words in a text; one run of all its words where there are fewer.

    The same for the same words in every process.
    """
    hashes = np.array([zlib.crc32(word.encode()) for word in words[:MAX_WORDS]], dtype=np.uint64)
    hashes = np.pad(hashes, (0, max(0, RUN_WORDS - len(hashes))))
    count = len(hashes) - RUN_WORDS + 1
    runs = np.zeros(count, dtype=np.uint64)
    for at, factor in enumerate(_WORD_FACTORS):
        runs += hashes[at : at + count] * factor
    return np.unique((runs >> _HALF).astype(np.uint32))


def bands(runs: Runs) -> list[int]:
    """One number for each band of the signature of a set; no two bands share numbers."""
    signature = ((runs[None, :] * _FACTORS + _TERMS) >> _HALF).min(axis=1)
    mixed = signature.reshape(BANDS, BAND_ROWS) * _BAND_FACTORS
    numbers: list[int] = (mixed.sum(axis=1, dtype=np.uint64) + _BAND_TERMS).tolist()
    return numbers


def jaccard(left: Runs, right: Runs) -> float:
    """The share of all runs of two sets that both have."""
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)
