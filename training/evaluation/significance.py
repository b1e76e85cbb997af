"""Whether a difference between two systems on the same reports could be chance.

Right or wrong is tested by McNemar's exact test, which looks at the reports on which one system is
right and the other wrong. Any other figure is tested by paired permutation (approximate
randomisation): were the systems equal, each report's two answers could as well change places.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from training.evaluation.figures import NAMES, Array, Figures

LEVEL = 0.05
PERMUTATIONS = 10_000
SEED = 17
ENUMERATED_REPORTS = 13
"""Up to so many reports that differ, every permutation is looked at: fewer than the drawn ones."""
_TOLERANCE = 1e-12
_CHUNK_CELLS = 4_000_000


def mcnemar_p(only_first: int, only_second: int) -> float:
    """The two-sided exact p-value, given how many reports only one of the systems has right."""
    discordant = only_first + only_second
    tail = ways = 1
    for k in range(min(only_first, only_second)):
        ways = ways * (discordant - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << discordant))


def permutation_p(
    first: Figures,
    second: Figures,
    names: Sequence[str],
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> dict[str, float]:
    """The two-sided p-value of the difference of each named figure.

    It is exact where few reports differ. Else it is that of `permutations` random ones and of the
    answers as they are, so it is never 0. A figure that a system lacks has none.
    """
    columns = [NAMES.index(name) for name in names]
    observed = (first.values() - second.values())[0, columns]
    differ = (first.columns != second.columns).any(1)
    change = (second.columns - first.columns)[differ]
    swaps = _swaps(len(change), permutations, seed)
    reached = np.zeros(len(columns))
    total = 0
    for swapped in swaps:
        moved = swapped @ change
        ours = first.from_sums(first.columns.sum(0) + moved)
        theirs = second.from_sums(second.columns.sum(0) - moved)
        distance = np.abs((ours - theirs)[:, columns])
        reached += (distance >= np.abs(observed) - _TOLERANCE).sum(0)
        total += len(swapped)
    if len(change) > ENUMERATED_REPORTS:
        reached, total = reached + 1, total + 1
    return {
        name: float(reached[k] / total) for k, name in enumerate(names) if not np.isnan(observed[k])
    }


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number by Holm's method, in the same order."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted


def _swaps(reports: int, permutations: int, seed: int) -> Iterator[Array]:
    """Which reports change places, 1 or 0, (b, reports) at a time."""
    if reports <= ENUMERATED_REPORTS:
        every = list(itertools.product((0.0, 1.0), repeat=reports))
        yield np.array(every).reshape(len(every), reports)
        return
    random = np.random.default_rng(seed)
    rows = max(1, _CHUNK_CELLS // reports)
    for start in range(0, permutations, rows):
        shape = (min(rows, permutations - start), reports)
        yield random.integers(2, size=shape, dtype=np.int8).astype(np.float64)
