"""How good one answer is: what every figure over many reports is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName, Origin
from training.evaluation.answers import Answer
from training.evaluation.pointers import Pointers
from training.evaluation.rightness import is_right, is_stated, normalised
from training.evaluation.rouge import rouge
from training.words import token_f1, words

FAILED = "(failed)"
"""The category that stands for no answer at all."""


@dataclass(frozen=True, slots=True)
class FieldScores:
    """One field of one report against its annotation; scores are 0 to 1.

    Where the annotation does not state the field, every score is 1 for `Not stated` and 0 for
    anything else; a field of a report on which the model failed scores 0. `pointed` says whether
    the answer leads to a right segment: None where the annotation is no segment of the report,
    where a rule gave the answer, and where answers have no spans. `confidence` is None where a
    rule gave the answer, or none was given.
    """

    stated: bool
    says_missing: bool
    right: bool
    exact: bool
    rouge1: float
    rouge2: float
    rouge_l: float
    token_f1: float
    pointed: bool | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ReportScores:
    """One report: the scores of its fields, and its category said and annotated, normalised."""

    fields: Mapping[FieldName, FieldScores]
    said_category: str
    annotated_category: str
    failed: bool

    @property
    def right_fields(self) -> int:
        """How many of the five fields are right."""
        return sum(field.right for field in self.fields.values())

    @property
    def closeness(self) -> float:
        """The mean ROUGE-L of the five fields, 0 to 1; one that is rightly missing counts 1."""
        return fmean(field.rouge_l for field in self.fields.values())

    @property
    def standing(self) -> tuple[int, float]:
        """What reports are ordered by: first how many fields are right, then how close they are."""
        return self.right_fields, round(self.closeness, 9)


def score_report(record: TrainingRecord, answer: Answer, pointers: Pointers) -> ReportScores:
    """Compare an answer with the record's annotation."""
    annotated = record.output.by_field()
    predicted = answer.summary.by_field() if answer.summary else None
    category = FieldName.BUG_CATEGORY
    return ReportScores(
        {field: _score(field, answer, annotated[field], pointers) for field in FieldName},
        normalised(predicted[category]) if predicted else FAILED,
        normalised(annotated[category]),
        failed=predicted is None,
    )


def _score(field: FieldName, answer: Answer, annotated: str, pointers: Pointers) -> FieldScores:
    stated = is_stated(annotated)
    if answer.summary is None:
        pointed = False if field in pointers.right else None
        return FieldScores(stated, False, False, False, 0.0, 0.0, 0.0, 0.0, pointed)
    predicted = answer.summary.by_field()[field]
    says_missing = not is_stated(predicted)
    confidence, pointed = _behind(field, answer, pointers)
    if not stated:
        score = float(says_missing)
        return FieldScores(
            stated, says_missing, says_missing, says_missing, score, score, score, score, pointed,
            confidence,
        )  # fmt: skip
    said = "" if says_missing else predicted
    overlap = rouge(said, annotated)
    return FieldScores(
        stated,
        says_missing,
        right=is_right(field, predicted, annotated),
        exact=normalised(predicted) == normalised(annotated),
        rouge1=overlap.rouge1,
        rouge2=overlap.rouge2,
        rouge_l=overlap.rouge_l,
        token_f1=token_f1(words(said), words(annotated)),
        pointed=pointed,
        confidence=confidence,
    )


def _behind(
    field: FieldName, answer: Answer, pointers: Pointers
) -> tuple[float | None, bool | None]:
    """The confidence of a field's answer, and whether it leads to a right segment."""
    if answer.details is None:
        return None, None
    details = answer.details.fields[field]
    if details.origin is Origin.DERIVED:
        return None, None
    pointed = pointers.leads_right(field, details.spans) if field in pointers.right else None
    return details.confidence, pointed


def label_name(label: str) -> str:
    """A normalised category as it is shown."""
    return label if is_stated(label) else NOT_STATED
