"""How often values fall between edges, without the values."""

from bisect import bisect_right
from collections.abc import Sequence

from schemas.base import Schema


class Distribution(Schema):
    """`counts[i]` values are at least `edges[i]` and below the next edge; the last has no end."""

    edges: list[int]
    counts: list[int]

    @property
    def total(self) -> int:
        """How many values there are."""
        return sum(self.counts)


class Histogram:
    """Counts values that are not negative into bins that begin at `edges`, the first at 0."""

    def __init__(self, edges: Sequence[int]) -> None:
        self._edges = list(edges)
        self._counts = [0] * len(edges)

    def add(self, value: int) -> None:
        """Count a value."""
        self._counts[bisect_right(self._edges, value) - 1] += 1

    def distribution(self) -> Distribution:
        """What was counted."""
        return Distribution(edges=self._edges, counts=self._counts)
