"""Metrics as tables: a model beside its baselines, for a terminal or a model card."""

from collections.abc import Mapping

from schemas.summary import FieldName
from training.evaluation.evaluation import Difference, Evaluation
from training.evaluation.metrics import FieldMetrics, Metrics
from training.evaluation.reliability import THRESHOLDS
from training.evaluation.tables import between, between_signed, number, signed, spoken, table

MODEL = "model"
_FIELD_HEADER = (
    "field", "system", "stated", "right", "EM", "R-1", "R-2", "R-L", "token F1", "copy",
    "right all", "R-L all", "NS P", "NS R", "NS F1",
)  # fmt: skip
_CATEGORY_HEADER = ("category by", "stated", "accuracy", "macro-F1")
LEGEND = (
    "Right: at least 80 % of the words of the answer's first line, labels such as `OS:` apart, are "
    "in the annotation; a category: the same. EM exact match, R ROUGE F1, token F1 that of whole "
    "identifiers: over records whose annotation states the field. Copy: of the records whose "
    "annotation is (nearly) a segment of the report and whose answer no rule gave, how many "
    "answers lead to it. All: over every record, a rightly missing answer counts 1. NS: finding "
    "`Not stated`."
)
INTERVAL_LEGEND = (
    "95 % percentile bootstrap intervals over reports; every system is measured on the same "
    "resamples. Where all answers are right, or all are wrong, no resample differs: an interval "
    "without width does not mean certainty."
)
CALIBRATION_LEGEND = (
    "ECE is the expected calibration error over ten equal bins; where confidences are perfect it "
    "is by chance at most `by chance` in 95 of 100 cases. Brier is the mean squared error. "
    "An answer of `Not stated` is right where the annotation is `Not stated`. Answers that a rule "
    "derived have no probability and are left out. Then, for each threshold: the share of answers "
    "with at least that confidence, and how many of them are right."
)
_INTERVALS = ("right", "rightOverall", "rougeLOverall", "tokenF1", "copyAccuracy", "notStated.f1")
_INTERVAL_NAMES = ("right", "right all", "R-L all", "token F1", "copy", "NS F1")


def format_evaluation(evaluation: Evaluation, *, markdown: bool = False) -> str:
    """Everything that an evaluation found, in tables of text."""
    parts = [
        format_table(evaluation.metrics, evaluation.baselines, markdown=markdown),
        format_intervals(evaluation.metrics, evaluation.baselines, markdown=markdown),
        *(
            f"{MODEL} minus {name}:\n\n{format_differences(found, markdown=markdown)}"
            for name, found in evaluation.differences.items()
        ),
        INTERVAL_LEGEND,
        format_confusion(evaluation.metrics, markdown=markdown),
        format_calibration(evaluation.metrics, markdown=markdown),
    ]
    if evaluation.failures:
        listed = "\n".join(f"- {one.report}: {one.failure}" for one in evaluation.failures[:20])
        parts.insert(0, f"The model failed on {len(evaluation.failures)} reports:\n{listed}")
    return "\n\n".join(parts)


def format_table(
    metrics: Metrics, baselines: Mapping[str, Metrics] | None = None, *, markdown: bool = False
) -> str:
    """Each field with a row per system, then the category."""
    systems = {MODEL: metrics, **(baselines or {})}
    fields = [
        (field.value, name, *_field_cells(found.fields[field]))
        for field in FieldName
        for name, found in systems.items()
    ]
    categories = [
        (
            name,
            str(sum(found.category.counts.values())),
            number(found.category.accuracy),
            number(found.category.macro_f1),
        )
        for name, found in systems.items()
    ]
    failed = f"{metrics.failed} of them failed and count as wrong. " if metrics.failed else ""
    return "\n\n".join(
        (
            table(_FIELD_HEADER, fields, text_columns=2, markdown=markdown),
            table(_CATEGORY_HEADER, categories, text_columns=1, markdown=markdown),
            f"{metrics.count} records. {failed}{LEGEND}",
        )
    )


def format_intervals(
    metrics: Metrics, baselines: Mapping[str, Metrics] | None = None, *, markdown: bool = False
) -> str:
    """The intervals of the figures by which systems are judged."""
    systems = {MODEL: metrics, **(baselines or {})}
    fields = [
        (
            field.value,
            name,
            *(between(found.fields[field].intervals.get(figure)) for figure in _INTERVALS),
        )
        for field in FieldName
        for name, found in systems.items()
    ]
    categories = [
        (name, *(between(found.category.intervals.get(key)) for key in ("accuracy", "macroF1")))
        for name, found in systems.items()
    ]
    return "\n\n".join(
        (
            table(("field", "system", *_INTERVAL_NAMES), fields, text_columns=2, markdown=markdown),
            table(
                ("category by", "accuracy", "macro-F1"),
                categories,
                text_columns=1,
                markdown=markdown,
            ),
        )
    )


def format_differences(found: Mapping[str, Difference], *, markdown: bool = False) -> str:
    """Differences of figures with their intervals, one row each."""
    rows = [
        (spoken(name), signed(one.value), between_signed(one.interval))
        for name, one in found.items()
    ]
    return table(("figure", "difference", "95 %"), rows, text_columns=1, markdown=markdown)


def format_confusion(metrics: Metrics, *, markdown: bool = False) -> str:
    """The confusion matrix: a row per annotated category, a column per answered one."""
    matrix = metrics.category.confusion
    if matrix is None:
        return "No confusion matrix."
    rows = [
        (label, *map(str, counts))
        for label, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    header = ("annotated \\ answered", *matrix.labels)
    return table(header, rows, text_columns=1, markdown=markdown)


def format_calibration(metrics: Metrics, *, markdown: bool = False) -> str:
    """Per field the calibration errors, then coverage and accuracy by threshold."""
    known = {
        field.value: found.calibration
        for field, found in metrics.fields.items()
        if found.calibration is not None
    }
    errors = [
        (
            name,
            str(one.count),
            str(one.left_out),
            number(one.expected_error),
            number(one.expected_error_by_chance),
            number(one.brier),
        )
        for name, one in known.items()
    ]
    coverage = [
        (name, *(f"{at.coverage:.0%} {number(at.accuracy)}" for at in one.coverage))
        for name, one in known.items()
    ]
    header = ("field", "answers", "left out", "ECE", "by chance", "Brier")
    thresholds = ("coverage, accuracy", *(f"at {threshold:g}" for threshold in THRESHOLDS))
    return "\n\n".join(
        (
            table(header, errors, text_columns=1, markdown=markdown),
            table(thresholds, coverage, text_columns=1, markdown=markdown),
            CALIBRATION_LEGEND,
        )
    )


def _field_cells(field: FieldMetrics) -> tuple[str, ...]:
    missing = field.not_stated
    figures = (
        field.right,
        field.exact_match,
        field.rouge1,
        field.rouge2,
        field.rouge_l,
        field.token_f1,
        field.copy_accuracy,
        field.right_overall,
        field.rouge_l_overall,
        missing.precision,
        missing.recall,
        missing.f1,
    )
    return (str(field.stated), *map(number, figures))
