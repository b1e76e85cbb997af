"""How far figures could be off by chance: percentile bootstrap intervals over reports.

Reports are drawn with replacement, and every system is measured on the same draws, so that the
interval of a difference takes into account that easy reports are easy for both.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from training.evaluation.figures import NAMES, Array, Figures

RESAMPLES = 2_000
SEED = 17
LEVEL = 0.95
_CHUNK_CELLS = 4_000_000
"""Cells of one matrix of counts, of 8 bytes."""

Interval = tuple[float, float]


def resampled(
    systems: Sequence[Figures], resamples: int = RESAMPLES, seed: int = SEED
) -> list[Array]:
    """The figures of systems on the same resamples of their reports: (resamples, F) for each."""
    chunks: list[list[Array]] = [[] for _ in systems]
    for counts in _draws(len(systems[0].columns), resamples, seed):
        for system, found in zip(systems, chunks, strict=True):
            found.append(system.values(counts))
    return [np.concatenate(found) for found in chunks]


def intervals(point: Array, samples: Array) -> dict[str, Interval]:
    """The 95 % percentile interval of each figure; one that is NaN has none.

    `point` (F,) are the figures of the reports themselves, `samples` (B, F) those of resamples;
    resamples in which a figure has nothing to be a share of do not count.
    """
    tail = 100 * (1 - LEVEL) / 2
    found: dict[str, Interval] = {}
    for at, name in enumerate(NAMES):
        known = samples[~np.isnan(samples[:, at]), at]
        if known.size and not np.isnan(point[at]):
            low, high = np.percentile(known, [tail, 100 - tail])
            found[name] = (float(low), float(high))
    return found


def _draws(reports: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each report is drawn, (b, reports) at a time."""
    random = np.random.default_rng(seed)
    rows = max(1, _CHUNK_CELLS // reports)
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        drawn = random.integers(reports, size=(size, reports))
        drawn += np.arange(size)[:, None] * reports
        counts = np.bincount(drawn.ravel(), minlength=size * reports)
        yield counts.reshape(size, reports).astype(np.float64)
