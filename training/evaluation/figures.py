"""All figures of a system out of sums over its reports.

A mean, a share and an F1 are each a quotient of two sums. So the figures of resampled or swapped
reports need nothing but other sums of the same columns, and there is one formula for all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.summary import FieldName
from training.evaluation.rightness import is_stated
from training.evaluation.scores import FieldScores, ReportScores

Array = NDArray[np.float64]

ACCURACY = "category.accuracy"
MACRO_F1 = "category.macroF1"


def _if_stated(score: Callable[[FieldScores], float]) -> Callable[[FieldScores], float]:
    return lambda field: score(field) if field.stated else 0.0


def _stated(field: FieldScores) -> float:
    return field.stated


def _one(_: FieldScores) -> float:
    return 1.0


def _rightly_missing(field: FieldScores) -> float:
    return field.says_missing and not field.stated


_QUOTIENTS: dict[str, tuple[Callable[[FieldScores], float], Callable[[FieldScores], float]]] = {
    "right": (_if_stated(lambda field: field.right), _stated),
    "exactMatch": (_if_stated(lambda field: field.exact), _stated),
    "rouge1": (_if_stated(lambda field: field.rouge1), _stated),
    "rouge2": (_if_stated(lambda field: field.rouge2), _stated),
    "rougeL": (_if_stated(lambda field: field.rouge_l), _stated),
    "tokenF1": (_if_stated(lambda field: field.token_f1), _stated),
    "copyAccuracy": (lambda field: bool(field.pointed), lambda field: field.pointed is not None),
    "rightOverall": (lambda field: field.right, _one),
    "exactMatchOverall": (lambda field: field.exact, _one),
    "rougeLOverall": (lambda field: field.rouge_l, _one),
    "notStated.precision": (_rightly_missing, lambda field: field.says_missing),
    "notStated.recall": (_rightly_missing, lambda field: not field.stated),
    "notStated.f1": (
        lambda field: 2 * _rightly_missing(field),
        lambda field: field.says_missing + (not field.stated),
    ),
}
"""Per figure of a field, by its JSON key, the two columns whose sums it divides."""

FIELD_FIGURES = tuple(_QUOTIENTS)


def name_of(field: FieldName, figure: str) -> str:
    """What a field's figure is called among all figures."""
    return f"{field.value}.{figure}"


NAMES = (
    *(name_of(field, figure) for field in FieldName for figure in FIELD_FIGURES),
    ACCURACY,
    MACRO_F1,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The columns of N reports: N rows of numerators, denominators and three counts per label.

    `labels` are the L categories that occur in the annotations.
    """

    columns: Array
    labels: tuple[str, ...]

    @classmethod
    def of(cls, scores: Sequence[ReportScores]) -> "Figures":
        """The columns of some reports; there must be one."""
        if not scores:
            raise ValueError("no reports to evaluate")
        categories = {one.annotated_category for one in scores}
        labels = tuple(sorted(label for label in categories if is_stated(label)))
        return cls(np.array([_row(one, labels) for one in scores], dtype=np.float64), labels)

    def values(self, weights: Array | None = None) -> Array:
        """The figures of each row of `weights` (B, N), which say how often a report counts.

        The result is (B, F), in the order of `NAMES`; NaN where a figure has nothing to be a share
        of. Without weights each report counts once.
        """
        if weights is None:
            weights = np.ones((1, len(self.columns)))
        return self.from_sums(weights @ self.columns)

    def from_sums(self, sums: Array) -> Array:
        """The figures (B, F) of sums of the columns, one row each."""
        quotients = len(NAMES) - 1
        found = _divided(sums[:, :quotients], sums[:, quotients : 2 * quotients])
        right, said, annotated = np.split(sums[:, 2 * quotients :], 3, axis=1)
        f1 = _divided(2 * right, said + annotated)
        occurs = annotated > 0
        macro = _divided(np.where(occurs, f1, 0.0).sum(1), occurs.sum(1))
        return np.concatenate([found, macro[:, None]], axis=1)


def _row(scores: ReportScores, labels: Sequence[str]) -> list[float]:
    fields = [scores.fields[field] for field in FieldName]
    stated = is_stated(scores.annotated_category)
    right = stated and scores.said_category == scores.annotated_category
    parts = [part(field) for field in fields for part, _ in _QUOTIENTS.values()]
    wholes = [whole(field) for field in fields for _, whole in _QUOTIENTS.values()]
    return [
        *parts,
        right,
        *wholes,
        stated,
        *(right and scores.annotated_category == label for label in labels),
        *(stated and scores.said_category == label for label in labels),
        *(scores.annotated_category == label for label in labels),
    ]


def _divided(part: Array, whole: NDArray[Any]) -> Array:
    quotients: Array = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotients, where=whole > 0)
    return quotients
