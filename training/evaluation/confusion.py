"""Which category is taken for which."""

from collections import Counter
from collections.abc import Sequence

from schemas.base import Schema
from training.evaluation.rightness import is_stated
from training.evaluation.scores import FAILED, ReportScores, label_name


class ConfusionMatrix(Schema):
    """`counts[i][j]` reports are annotated with `labels[i]` and were answered `labels[j]`.

    The labels are those that were annotated or said, by the alphabet, then `Not stated`, and
    `(failed)` for the reports on which the model failed, where there are such.
    """

    labels: list[str]
    counts: list[list[int]]


def confusion_matrix(scores: Sequence[ReportScores]) -> ConfusionMatrix:
    """Count over all reports."""
    pairs = Counter((one.annotated_category, one.said_category) for one in scores)
    labels = sorted({label for pair in pairs for label in pair}, key=_order)
    return ConfusionMatrix(
        labels=[label_name(label) for label in labels],
        counts=[[pairs[annotated, said] for said in labels] for annotated in labels],
    )


def _order(label: str) -> tuple[bool, bool, str]:
    return label == FAILED, not is_stated(label), label
