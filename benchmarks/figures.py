"""Percentiles, rates and medians of what was measured. Nothing here measures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self


@dataclass(frozen=True, slots=True)
class Bounded:
    """A percentile. Where `at_least`, the request that it fell on was cut off at this value."""

    value: float
    at_least: bool = False


def percentile(share: float, finished: Sequence[float], cut: Sequence[float] = ()) -> Bounded:
    """The nearest-rank percentile of latencies.

    `cut` are requests that were given up before an answer: their latencies are at least these.
    What is at or beyond the smallest of them is only known to be as large. Raises ValueError where
    there is nothing.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a percentile lies in (0, 1], not at {share}")
    everything = sorted(
        [*((value, False) for value in finished), *((value, True) for value in cut)]
    )
    if not everything:
        raise ValueError("there is no percentile of nothing")
    rank = math.ceil(share * len(everything)) - 1
    value, _ = everything[rank]
    is_bound = any(was_cut for _, was_cut in everything[: rank + 1])
    return Bounded(value, is_bound)


def steady_rate(started: float, completed: Sequence[float]) -> float:
    """Completions per second of a load that was kept up all the time.

    A server that answers in batches completes in bursts, and a window that cuts through them
    counts up to a batch too many or too few. So the rate is taken from the end of the first burst
    to the end of the last one, where at least half of the time lies between them, and else from
    the start. A burst is a run of completions that follow each other within a quarter of the mean
    distance. Completions must be sorted.
    """
    if not completed:
        return 0.0
    distance = (completed[-1] - started) / len(completed)
    ends = [
        index
        for index in range(len(completed))
        if index + 1 == len(completed) or completed[index + 1] - completed[index] > distance / 4
    ]
    first, last = ends[0], ends[-1]
    passed, between = completed[last] - started, completed[last] - completed[first]
    if between < 0.499 * passed:
        return len(completed) / passed
    return (last - first) / between


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and between what they lay."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Raises StatisticsError where there is no value."""
        return cls(median(values), min(values), max(values), len(values))
