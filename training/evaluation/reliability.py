"""Whether confidences mean what they say.

Looked at are the answers that have a confidence. Those that a rule derived have none (they are
said to be certain that the rule's text stands on the request), so they are left out and counted.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from schemas.base import Schema
from training.evaluation.figures import Array
from training.evaluation.scores import FieldScores

BINS = 10
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)
_SIMULATIONS = 2_000
_SEED = 17
_CHANCE = 0.95


class ReliabilityBin(Schema):
    """The answers with a confidence from `low` to below `high`; the last bin holds 1 as well.

    `confidence` is their mean confidence, `accuracy` the share of right ones; None of no answers.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


class Coverage(Schema):
    """What is left where answers below a confidence are not used.

    `coverage` is the share of answers at or above the threshold, `accuracy` how many of them are
    right.
    """

    threshold: float
    count: int
    coverage: float
    accuracy: float | None


class Calibration(Schema):
    """The confidences of one field's answers.

    `expected_error` (ECE) is the mean distance of confidence and accuracy over the bins, weighted
    by their counts. It is above 0 by chance even where confidences are perfect: in 95 % of such
    cases, with these very confidences, it is at most `expected_error_by_chance`. Resampling would
    only add to it, so it has no bootstrap interval. `brier` is the mean squared distance of
    confidence and right (1) or wrong (0). `left_out` counts answers without a confidence.
    """

    method: Literal["equal-width bins"] = "equal-width bins"
    count: int
    left_out: int
    bins: list[ReliabilityBin]
    expected_error: float
    expected_error_by_chance: float
    brier: float
    coverage: list[Coverage]


Bins = NDArray[np.int64]
"""The bin of each answer."""


def calibration(scores: Sequence[FieldScores]) -> Calibration | None:
    """The calibration of one field; None where no answer has a confidence."""
    known = [one for one in scores if one.confidence is not None]
    if not known:
        return None
    confidences = np.array([one.confidence for one in known], dtype=np.float64)
    right = np.array([one.right for one in known], dtype=np.float64)
    which = np.minimum((confidences * BINS).astype(np.int64), BINS - 1)
    return Calibration(
        count=len(known),
        left_out=len(scores) - len(known),
        bins=[_bin(at, confidences[which == at], right[which == at]) for at in range(BINS)],
        expected_error=float(_expected_errors(confidences, right[None], which)[0]),
        expected_error_by_chance=_by_chance(confidences, which),
        brier=float(np.mean((confidences - right) ** 2)),
        coverage=[_coverage(at, confidences, right) for at in THRESHOLDS],
    )


def _bin(at: int, confidences: Array, right: Array) -> ReliabilityBin:
    return ReliabilityBin(
        low=at / BINS,
        high=(at + 1) / BINS,
        count=len(right),
        confidence=float(confidences.mean()) if len(right) else None,
        accuracy=float(right.mean()) if len(right) else None,
    )


def _expected_errors(confidences: Array, right: NDArray[Any], which: Bins) -> Array:
    """The expected calibration errors (B,) of B outcomes, `right` (B, N)."""
    members = np.equal.outer(which, np.arange(BINS)).astype(np.float64)
    distances: Array = np.abs((confidences - right) @ members).sum(1) / len(confidences)
    return distances


def _by_chance(confidences: Array, which: Bins) -> float:
    random = np.random.default_rng(_SEED)
    rows = max(1, 4_000_000 // len(confidences))
    found = [
        _expected_errors(
            confidences,
            random.random((min(rows, _SIMULATIONS - start), len(confidences))) < confidences,
            which,
        )
        for start in range(0, _SIMULATIONS, rows)
    ]
    return float(np.quantile(np.concatenate(found), _CHANCE))


def _coverage(threshold: float, confidences: Array, right: Array) -> Coverage:
    kept = right[confidences >= threshold]
    return Coverage(
        threshold=threshold,
        count=len(kept),
        coverage=len(kept) / len(right),
        accuracy=float(kept.mean()) if len(kept) else None,
    )
