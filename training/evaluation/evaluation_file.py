"""An evaluation as one JSON file: all figures, and the scores and confidences of every report."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from schemas.record import TrainingRecord
from training.evaluation.answers import Answer
from training.evaluation.comparison import Comparison
from training.evaluation.evaluation import Evaluated, report_name
from training.evaluation.scores import ReportScores


def write_json(
    path: Path,
    evaluated: Evaluated,
    records: Iterable[TrainingRecord],
    comparison: Comparison | None = None,
) -> None:
    """Write the file; its folder is made where there is none. Reports are known by their ids."""
    content = {
        "evaluation": evaluated.evaluation.model_dump(mode="json"),
        "reports": [
            {"report": report_name(record, at), **_report(answer, scores)}
            for at, (record, answer, scores) in enumerate(
                zip(records, evaluated.answers, evaluated.scores, strict=True)
            )
        ],
    }
    if comparison is not None:
        content["comparison"] = comparison.model_dump(mode="json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _report(answer: Answer, scores: ReportScores) -> dict[str, Any]:
    return {
        "failure": answer.failure,
        "summary": answer.summary.model_dump(mode="json") if answer.summary else None,
        "scores": {field.value: asdict(found) for field, found in scores.fields.items()},
    }
