"""What every system answers on the same reports, and how right it is."""

from collections.abc import Callable, Sequence
from pathlib import Path

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import Summary
from summarizer.segmentation import Segment
from training.evaluation.answers import Answer, Setup, answers
from training.evaluation.baselines import first_sentence, keyword_rules
from training.matching import report_segments
from training.recipe.figures.tfidf import TfIdf

TFIDF = "TF-IDF, linear"

Baseline = Callable[[ReportInput, Sequence[Segment]], Summary]


def model_answers(folder: Path, records: Sequence[TrainingRecord]) -> list[Answer]:
    """The answers of a model folder on one thread of the CPU, as a service gives them."""
    return answers(folder, records, Setup("cpu", threads=1))


def baselines(majority: str, tfidf: TfIdf) -> dict[str, Baseline]:
    """The systems without a neural network, by their names."""
    return {
        "first sentence": lambda report, segments: first_sentence(report, majority, segments),
        "keyword rules": keyword_rules,
        TFIDF: tfidf.answer,
    }


def baseline_answers(baseline: Baseline, records: Sequence[TrainingRecord]) -> list[Answer]:
    """The answers of a baseline."""
    return [Answer(baseline(one.input, report_segments(one.input))) for one in records]
