"""An evaluation, and a comparison where there is one, as one self-contained page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from schemas.record import TrainingRecord
from schemas.summary import FieldName
from training.evaluation.bootstrap import Interval
from training.evaluation.comparison import Comparison, verdicts
from training.evaluation.comparison_table import LEGEND as COMPARISON_LEGEND
from training.evaluation.evaluation import HEADLINES, Evaluated, Evaluation
from training.evaluation.examples import Example, choose_examples, how_chosen
from training.evaluation.metrics import FieldMetrics
from training.evaluation.metrics_table import CALIBRATION_LEGEND, INTERVAL_LEGEND, LEGEND, MODEL
from training.evaluation.plots import reliability_plot
from training.evaluation.reliability import THRESHOLDS, Calibration
from training.pages import write_page

_COLUMNS = {
    "right": "right",
    "exact match": "exactMatch",
    "ROUGE-1": "rouge1",
    "ROUGE-2": "rouge2",
    "ROUGE-L": "rougeL",
    "token F1": "tokenF1",
    "copy": "copyAccuracy",
    "right, all": "rightOverall",
    "ROUGE-L, all": "rougeLOverall",
    "NS P": "notStated.precision",
    "NS R": "notStated.recall",
    "NS F1": "notStated.f1",
}
"""The figures of a field by their headings, by their keys in the metrics."""


def write_evaluation_page(
    path: Path,
    evaluated: Evaluated,
    records: Iterable[TrainingRecord],
    comparison: Comparison | None = None,
) -> None:
    """Write the page. `records` are those that were evaluated, in the same order."""
    values = evaluation_values(evaluated.evaluation, choose_examples(evaluated, records)) | {
        "title": f"Evaluation of {evaluated.evaluation.model}",
        "comparison": comparison,
        "verdicts": verdicts(comparison) if comparison else "",
        "comparison_legend": COMPARISON_LEGEND,
    }
    write_page(path, "evaluation.html", values)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One system's figures of one field, each with its interval."""

    field: str
    system: str
    is_first: bool
    stated: int
    cells: list[tuple[float | None, Interval | None]]


def evaluation_values(evaluation: Evaluation, examples: list[Example]) -> dict[str, object]:
    """What the sections on an evaluation ask for, in whatever page they stand."""
    systems = {MODEL: evaluation.metrics, **evaluation.baselines}
    calibrations = {
        field.value: found.calibration
        for field, found in evaluation.metrics.fields.items()
        if found.calibration is not None
    }
    return {
        "evaluation": evaluation,
        "systems": systems,
        "columns": list(_COLUMNS),
        "field_rows": [
            _row(field, name, metrics.fields[field])
            for field in FieldName
            for name, metrics in systems.items()
        ],
        "headlines": HEADLINES,
        "thresholds": THRESHOLDS,
        "calibrations": calibrations,
        "reliability": _plot(calibrations),
        "examples": examples,
        "examples_chosen": how_chosen(evaluation.metrics.count),
        "legend": LEGEND,
        "interval_legend": INTERVAL_LEGEND,
        "calibration_legend": CALIBRATION_LEGEND,
    }


def _row(field: FieldName, system: str, found: FieldMetrics) -> FieldRow:
    figures = found.model_dump(mode="json")
    not_stated = {f"notStated.{key}": value for key, value in figures["notStated"].items()}
    return FieldRow(
        field.value,
        system,
        system == MODEL,
        found.stated,
        [((figures | not_stated)[key], found.intervals.get(key)) for key in _COLUMNS.values()],
    )


def _plot(calibrations: Mapping[str, Calibration]) -> Markup:
    return reliability_plot(calibrations) if calibrations else Markup()
