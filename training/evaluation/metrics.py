"""How good summaries are, per field, against what the annotators wrote.

Two questions are kept apart. Where the annotation states a field: how close is the answer? (There
an answer of `Not stated` scores 0.) And over all records: is `Not stated` said where it is right?
The `overall` figures join both: a rightly missing answer scores 1 in them. A report on which the
model failed is wrong in every field.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from schemas.base import Schema
from schemas.summary import FieldName
from training.evaluation.bootstrap import Interval, intervals, resampled
from training.evaluation.confusion import ConfusionMatrix, confusion_matrix
from training.evaluation.figures import (
    ACCURACY,
    FIELD_FIGURES,
    MACRO_F1,
    NAMES,
    Array,
    Figures,
    name_of,
)
from training.evaluation.reliability import Calibration, calibration
from training.evaluation.rightness import is_stated
from training.evaluation.scores import ReportScores


class NotStatedMetrics(Schema):
    """`Not stated` as the class to be found. None where a share has nothing to be a share of."""

    annotated: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None


class FieldMetrics(Schema):
    """One field, all figures 0 to 1.

    `right` is the share of right answers (`rightness.is_right`). It, `exact_match` (case and white
    space do not count), the ROUGE F1 scores and `token_f1` (which takes an identifier with
    underscores for one word, and ROUGE for several) are means over the `stated` records, whose
    annotation states the field; None where there are none. The `overall` figures are means over
    all records. `copy_accuracy` is over the `copyable` records, whose annotation is (nearly) a
    segment of the report and whose answer no rule gave: the share of answers that lead to that
    segment. `intervals` holds the 95 % bootstrap interval of each figure by its key.
    """

    stated: int
    right: float | None
    exact_match: float | None
    rouge1: float | None
    rouge2: float | None
    rouge_l: float | None
    token_f1: float | None = None
    copyable: int = 0
    copy_accuracy: float | None = None
    right_overall: float
    exact_match_overall: float
    rouge_l_overall: float
    not_stated: NotStatedMetrics
    intervals: dict[str, Interval] = Field(default_factory=dict)
    calibration: Calibration | None = None


class CategoryMetrics(Schema):
    """`bugCategory` as a class, over the records whose annotation states it.

    `macro_f1` is the mean of `f1` over the labels that occur in the annotations; `counts` says how
    often each does. In a resample without a label, that label is left out of the mean.
    """

    accuracy: float | None
    macro_f1: float | None
    f1: dict[str, float]
    counts: dict[str, int]
    intervals: dict[str, Interval] = Field(default_factory=dict)
    confusion: ConfusionMatrix | None = None


class Metrics(Schema):
    """What was found over `count` records; on `failed` of them the model failed."""

    count: int
    failed: int = 0
    fields: dict[FieldName, FieldMetrics]
    category: CategoryMetrics


@dataclass(frozen=True, slots=True)
class Measured:
    """One system's figures: of its reports (F,), and of resamples of them (B, F)."""

    point: Array
    samples: Array


def measured(systems: Sequence[Figures]) -> list[Measured]:
    """The figures of systems that answered the same reports, on the same resamples."""
    samples = resampled(systems)
    return [Measured(one.values()[0], drawn) for one, drawn in zip(systems, samples, strict=True)]


def metrics_of(scores: Sequence[ReportScores], figures: Measured) -> Metrics:
    """Put the figures of reports together with their counts and their calibration."""
    by_name = dict(zip(NAMES, figures.point.tolist(), strict=True))
    found = {name: None if value != value else value for name, value in by_name.items()}  # noqa: PLR0124 - NaN
    around = intervals(figures.point, figures.samples)
    return Metrics(
        count=len(scores),
        failed=sum(one.failed for one in scores),
        fields={field: _field_metrics(field, scores, found, around) for field in FieldName},
        category=_category_metrics(scores, found, around),
    )


def evaluate(scores: Sequence[ReportScores]) -> Metrics:
    """The metrics of one system.

    Raises:
        ValueError: there are no reports.
    """
    return metrics_of(scores, measured([Figures.of(scores)])[0])


def _field_metrics(
    field: FieldName,
    reports: Sequence[ReportScores],
    found: Mapping[str, float | None],
    around: Mapping[str, Interval],
) -> FieldMetrics:
    scores = [report.fields[field] for report in reports]
    figures = {figure: found[name_of(field, figure)] for figure in FIELD_FIGURES}
    not_stated = {
        figure.removeprefix("notStated."): figures.pop(figure)
        for figure in FIELD_FIGURES
        if figure.startswith("notStated.")
    }
    known = {figure: around.get(name_of(field, figure)) for figure in FIELD_FIGURES}
    return FieldMetrics.model_validate(
        {
            **figures,
            "stated": sum(one.stated for one in scores),
            "copyable": sum(one.pointed is not None for one in scores),
            "notStated": {
                **not_stated,
                "annotated": sum(not one.stated for one in scores),
                "predicted": sum(one.says_missing for one in scores),
            },
            "intervals": {figure: interval for figure, interval in known.items() if interval},
            "calibration": calibration(scores),
        }
    )


def _category_metrics(
    reports: Sequence[ReportScores],
    found: Mapping[str, float | None],
    around: Mapping[str, Interval],
) -> CategoryMetrics:
    labelled = [one for one in reports if is_stated(one.annotated_category)]
    right = Counter(one.said_category for one in labelled if _is_right(one))
    said = Counter(one.said_category for one in labelled)
    counts = Counter(one.annotated_category for one in labelled)
    return CategoryMetrics(
        accuracy=found[ACCURACY],
        macro_f1=found[MACRO_F1],
        f1={label: 2 * right[label] / (said[label] + counts[label]) for label in sorted(counts)},
        counts=dict(sorted(counts.items())),
        intervals={
            name.removeprefix("category."): around[name]
            for name in (ACCURACY, MACRO_F1)
            if name in around
        },
        confusion=confusion_matrix(reports),
    )


def _is_right(scores: ReportScores) -> bool:
    return scores.said_category == scores.annotated_category
