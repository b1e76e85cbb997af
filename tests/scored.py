"""Scores of answers that a test makes up."""

from collections.abc import Iterable

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName, Summary
from training.evaluation.answers import Answer
from training.evaluation.pointers import Pointers
from training.evaluation.scores import FieldScores, ReportScores, score_report

NO_POINTERS = Pointers({}, frozenset())
WRONG = FieldScores(True, False, False, False, 0.0, 0.0, 0.0, 0.0)
RIGHT = FieldScores(True, False, True, True, 1.0, 1.0, 1.0, 1.0)


def summary(texts: dict[FieldName, str], otherwise: str = "same") -> Summary:
    """A summary that says `otherwise` in the fields that are not given."""
    return Summary.from_fields({name: texts.get(name, otherwise) for name in FieldName})


def scored(field: FieldName, *texts: tuple[str, str]) -> list[ReportScores]:
    """Reports whose field was answered with the first text and annotated with the second."""
    return [
        score_report(
            TrainingRecord(
                input=ReportInput(description="any"), output=summary({field: annotated})
            ),
            Answer(summary({field: predicted})),
            NO_POINTERS,
        )
        for predicted, annotated in texts
    ]


def failed_report(annotated: str = NOT_STATED) -> ReportScores:
    """A report on which the model failed, with the same annotation in all fields."""
    record = TrainingRecord(
        input=ReportInput(description="any"), output=summary({}, otherwise=annotated)
    )
    return score_report(record, Answer(None, failure="The model failed."), NO_POINTERS)


def reports_of(right: Iterable[bool]) -> list[ReportScores]:
    """Reports whose five fields are all right, or all wrong."""
    return [
        ReportScores(
            dict.fromkeys(FieldName, RIGHT if one else WRONG), "ui" if one else "crash", "ui", False
        )
        for one in right
    ]
