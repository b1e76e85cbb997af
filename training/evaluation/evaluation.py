"""A model folder and the two baselines on the same records."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.base import Schema
from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from schemas.summary import FieldName
from summarizer.folder import read_config, read_manifest
from training.evaluation.answers import Answer, Setup, answers
from training.evaluation.baselines import first_sentence, keyword_rules
from training.evaluation.bootstrap import Interval, intervals
from training.evaluation.figures import ACCURACY, MACRO_F1, NAMES, Figures, name_of
from training.evaluation.metrics import Measured, Metrics, measured, metrics_of
from training.evaluation.pointers import right_pointers
from training.evaluation.scores import ReportScores, score_report
from training.matching import report_segments

FIRST_SENTENCE = "first sentence"
KEYWORD_RULES = "keyword rules"

TEXT_FIELDS = tuple(field for field in FieldName if field is not FieldName.BUG_CATEGORY)
HEADLINES = (
    *(name_of(field, "rightOverall") for field in TEXT_FIELDS),
    ACCURACY,
    *(name_of(field, "rougeLOverall") for field in TEXT_FIELDS),
    MACRO_F1,
)
"""The figures by which a model is judged."""


class Difference(Schema):
    """A figure of one system minus that of another, with its 95 % paired bootstrap interval."""

    value: float
    interval: Interval


class FailedReport(Schema):
    """A report on which the model failed: its id or its place, and how."""

    report: str
    failure: str


class Evaluation(Schema):
    """The figures of a model and of the baselines.

    `differences` holds per baseline the model's headline figures minus its own.
    """

    model: str
    kind: str
    metrics: Metrics
    baselines: dict[str, Metrics]
    differences: dict[str, dict[str, Difference]]
    failures: list[FailedReport]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation and what it was made of: answers and scores in the order of the records."""

    evaluation: Evaluation
    answers: list[Answer]
    scores: list[ReportScores]


def evaluate_model(
    folder: Path, records: Iterable[TrainingRecord], majority: str, setup: Setup
) -> Evaluated:
    """Answer records and judge the answers.

    The records are iterated twice and never held together. `majority` is the category that the
    first-sentence baseline always says.

    Raises:
        DatasetError: there are no records.
        ModelFolderError: the folder cannot be loaded.
    """
    given = answers(folder, records, setup)
    if not given:
        raise DatasetError("there are no records to evaluate on")
    systems: dict[str, list[ReportScores]] = {"": [], FIRST_SENTENCE: [], KEYWORD_RULES: []}
    failures: list[FailedReport] = []
    for at, (record, answer) in enumerate(zip(records, given, strict=True)):
        segments = report_segments(record.input)
        pointers = right_pointers(record.output, segments)
        others = {
            FIRST_SENTENCE: Answer(first_sentence(record.input, majority, segments)),
            KEYWORD_RULES: Answer(keyword_rules(record.input, segments)),
        }
        for name, said in {"": answer, **others}.items():
            systems[name].append(score_report(record, said, pointers))
        if answer.failure is not None:
            failures.append(FailedReport(report=report_name(record, at), failure=answer.failure))
    found = _measured(systems)
    metrics = {name: metrics_of(systems[name], found[name]) for name in systems}
    manifest = read_manifest(folder, read_config(folder))
    evaluation = Evaluation(
        model=f"{manifest.name} {manifest.version}",
        kind=manifest.kind.value,
        metrics=metrics.pop(""),
        baselines=metrics,
        differences={name: differences(found[""], found[name], HEADLINES) for name in metrics},
        failures=failures,
    )
    return Evaluated(evaluation, given, systems[""])


def scores_of(records: Iterable[TrainingRecord], given: Iterable[Answer]) -> list[ReportScores]:
    """How right answers are, report by report."""
    return [
        score_report(record, answer, right_pointers(record.output, report_segments(record.input)))
        for record, answer in zip(records, given, strict=True)
    ]


def report_name(record: TrainingRecord, at: int) -> str:
    """How a report is called: by its id, or by its place among the usable records, from 1."""
    return record.id or f"record {at + 1}"


def differences(ours: Measured, theirs: Measured, names: Sequence[str]) -> dict[str, Difference]:
    """Figures of one system minus another's; those that either lacks are left out."""
    point = ours.point - theirs.point
    around = intervals(point, ours.samples - theirs.samples)
    return {
        name: Difference(value=float(point[NAMES.index(name)]), interval=around[name])
        for name in names
        if name in around and not np.isnan(point[NAMES.index(name)])
    }


def category_counts(records: Iterable[TrainingRecord]) -> Counter[str]:
    """How often each category is annotated, in one pass."""
    return Counter(record.output.bug_category for record in records)


def majority_of(counts: Counter[str]) -> str:
    """The commonest category, the first by the alphabet of equals."""
    return min(counts, key=lambda category: (-counts[category], category))


def _measured(systems: dict[str, list[ReportScores]]) -> dict[str, Measured]:
    figures = [Figures.of(scores) for scores in systems.values()]
    return dict(zip(systems, measured(figures), strict=True))
