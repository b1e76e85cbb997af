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


def steady_rate(started: float, completed: Sequence[float], cycle: int | None) -> float:
    """Completions per second of a load that was kept up all the time. They must be sorted.

    A server that answers in batches completes in bursts, which a window must not cut through. Where
    so many clients wait for their next answer all the time, everyone has had one after as many
    completions, and it begins anew: whole such cycles are counted, from the end of the first one
    on. Without a cycle, or with less than two, all is counted from the start on; what was under way
    at the end then counts for nothing.
    """
    if not completed:
        return 0.0
    whole = len(completed) // cycle * cycle if cycle else 0
    if cycle and whole >= 2 * cycle:
        return (whole - cycle) / (completed[whole - 1] - completed[cycle - 1])
    return len(completed) / (completed[-1] - started)


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
