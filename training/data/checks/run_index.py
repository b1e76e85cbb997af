"""Sets among which one that is like another is found without comparing all, and none is missed.

Two sets of a similarity of s or more share one of the rarest runs of each, about the 1 - s rarest
of them, so only sets that do are looked at. Runs that all have, such as those of a template, are
hardly ever among the rarest (the prefix filter: R. Bayardo et al., Scaling up all pairs similarity
search, 2007; C. Xiao et al., Efficient similarity joins for near duplicate detection, 2008).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.checks.sketch import Runs

Numbers = NDArray[np.int32]
_AT_ONCE = 32
"""Candidates that are compared at once, the likeliest first."""
_ROUNDING = 1e-9


class RunIndex:
    """Sets by their runs, of which each set takes up to 15 bytes a run.

    Runs are numbered from the rarest to the one that most sets have.
    """

    def __init__(self, sets: Sequence[Runs], least: float) -> None:
        """Take at least one set; `least` is the similarity from which one set is like another."""
        self._least = least
        self._sizes = np.array([len(each) for each in sets], dtype=np.int32)
        self._ends = np.cumsum(self._sizes, dtype=np.int64)
        self._runs, self._numbers = _numbered(sets)
        self._asked = np.zeros(len(self._runs), dtype=np.bool_)
        self._members = np.empty(int(self._ends[-1]), dtype=np.int32)
        for runs, end in zip(sets, self._ends.tolist(), strict=True):
            self._members[end - len(runs) : end] = self._known(runs)
        self._index_rarest()

    def _index_rarest(self) -> None:
        counts = np.array([self._rarest_count(size) for size in self._sizes], dtype=np.int32)
        starts = self._ends - self._sizes
        rarest = self._members[_spans(starts, counts)]
        order = np.argsort(rarest, kind="stable")
        self._rarest = rarest[order]
        self._owners = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]
        self._last_rarest = self._members[starts + counts - 1]
        self._others = self._sizes - counts

    def _rarest_count(self, size: int) -> int:
        """Of how many of its runs a set of that size shares one with any that is like it."""
        return int(size) - math.ceil(size * self._least - _ROUNDING) + 1

    def like(self, runs: Runs) -> tuple[int, float] | None:
        """The position of a set that is like the given one, and how similar the two are.

        Of several it is hardly ever another one than the most similar. None where there is none.
        """
        numbers = self._known(runs)
        rarest = numbers[: max(0, self._rarest_count(len(runs)) - (len(runs) - len(numbers)))]
        if not len(rarest):
            return None
        candidates = self._candidates(rarest, len(runs))
        for at in range(0, len(candidates), _AT_ONCE):
            some = candidates[at : at + _AT_ONCE]
            similarities = self._similarities(some, numbers, len(runs))
            best = int(similarities.argmax())
            if similarities[best] >= self._least:
                return int(some[best]), float(similarities[best])
        return None

    def _known(self, runs: Runs) -> Numbers:
        """The numbers of those runs that any set has, ascending."""
        at = np.minimum(np.searchsorted(self._runs, runs), len(self._runs) - 1)
        numbers: Numbers = np.sort(self._numbers[at[self._runs[at] == runs]])
        return numbers

    def _candidates(self, rarest: Numbers, size: int) -> NDArray[np.int64]:
        """The sets that may be like one with these rarest runs, the likeliest first."""
        starts = np.searchsorted(self._rarest, rarest, "left")
        ends = np.searchsorted(self._rarest, rarest, "right")
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        owners = np.concatenate([self._owners[start:end] for start, end in spans])
        counts = np.bincount(owners)
        found = np.flatnonzero(counts)
        common, sizes = counts[found], self._sizes[found]
        # Whichever's rarest runs end first, all of its own runs beyond may be common as well.
        mine = size - self._rarest_count(size)
        others = np.where(rarest[-1] <= self._last_rarest[found], mine, self._others[found])
        most = np.minimum(common + others, sizes)
        share = most / (size + sizes - most)
        near = np.flatnonzero(share >= self._least - _ROUNDING)
        likeliest: NDArray[np.int64] = found[near[np.argsort(-share[near], kind="stable")]]
        return likeliest

    def _similarities(
        self, candidates: NDArray[np.int64], numbers: Numbers, size: int
    ) -> NDArray[np.float64]:
        """The Jaccard similarity of each candidate with a set that has these known runs."""
        sizes = self._sizes[candidates]
        members = self._members[_spans(self._ends[candidates] - sizes, sizes)]
        self._asked[numbers] = True
        common = np.add.reduceat(self._asked[members], np.cumsum(sizes) - sizes, dtype=np.int64)
        self._asked[numbers] = False
        similarities: NDArray[np.float64] = common / (sizes + size - common)
        return similarities


def _numbered(sets: Sequence[Runs]) -> tuple[Runs, Numbers]:
    """All runs, ascending, and for each its number: the rarest has 0.

    Step by step, as with 10,000 reports there are millions of them, and most are in one set only.
    """
    runs = np.concatenate(sets)
    runs.sort()
    is_first = np.ones(len(runs), dtype=np.bool_)
    np.not_equal(runs[1:], runs[:-1], out=is_first[1:])
    distinct: Runs = runs[is_first]
    del runs
    counts = np.diff(np.flatnonzero(np.append(is_first, True))).astype(np.int32)
    numbers = np.empty(len(counts), dtype=np.int32)
    numbers[np.argsort(counts, kind="stable")] = np.arange(len(counts), dtype=np.int32)
    return distinct, numbers


def _spans(starts: NDArray[np.int64], sizes: Numbers) -> NDArray[np.int64]:
    """The numbers from each start on, as many as its size says, one span after another."""
    ends = np.cumsum(sizes, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - sizes), sizes)
    return numbers
