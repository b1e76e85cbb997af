"""An evaluation, and a comparison where there is one, as one self-contained page."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from markupsafe import Markup

from schemas.record import TrainingRecord
from schemas.summary import FieldName
from training.comparison import Comparison, verdicts
from training.comparison_table import LEGEND as COMPARISON_LEGEND
from training.evaluation import HEADLINES, Evaluated, Evaluation
from training.examples import CHOSEN, Example, choose_examples
from training.metrics_table import CALIBRATION_LEGEND, INTERVAL_LEGEND, LEGEND
from training.pages import write_page
from training.plots import reliability_plot
from training.reliability import THRESHOLDS, Calibration


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


def evaluation_values(evaluation: Evaluation, examples: list[Example]) -> dict[str, object]:
    """What the sections on an evaluation ask for, in whatever page they stand."""
    calibrations = {
        field.value: found.calibration
        for field, found in evaluation.metrics.fields.items()
        if found.calibration is not None
    }
    return {
        "evaluation": evaluation,
        "fields": list(FieldName),
        "headlines": HEADLINES,
        "thresholds": THRESHOLDS,
        "calibrations": calibrations,
        "reliability": _plot(calibrations),
        "examples": examples,
        "examples_chosen": CHOSEN,
        "legend": LEGEND,
        "interval_legend": INTERVAL_LEGEND,
        "calibration_legend": CALIBRATION_LEGEND,
    }


def _plot(calibrations: Mapping[str, Calibration]) -> Markup:
    return reliability_plot(calibrations) if calibrations else Markup()
