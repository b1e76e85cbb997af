"""How good summaries are, per field, against what the annotators wrote.

Two questions are kept apart. Where the annotation states a field: how close is the answer? (There
an answer of `Not stated` scores 0.) And over all records: is `Not stated` said where it is right?
The `overall` figures join both: a rightly missing answer scores 1 in them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from schemas.base import Schema
from schemas.summary import NOT_STATED, FieldName, Summary
from training.rouge import rouge

Pair = tuple[Summary, Summary]
"""The predicted summary, then the annotated one."""

PART_OF = 0.8

_WORD = re.compile(r"\w+")


class NotStatedMetrics(Schema):
    """`Not stated` as the class to be found. None where a share has nothing to be a share of."""

    annotated: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None


class FieldMetrics(Schema):
    """One field, all figures 0 to 1.

    `right` is the share of answers that belong to the annotation (`belongs`). It, `exact_match`
    (case and white space do not count) and the ROUGE F1 scores are means over the `stated`
    records, whose annotation states the field; None where there are none. The `overall` figures
    are means over all records.
    """

    stated: int
    right: float | None
    exact_match: float | None
    rouge1: float | None
    rouge2: float | None
    rouge_l: float | None
    right_overall: float
    exact_match_overall: float
    rouge_l_overall: float
    not_stated: NotStatedMetrics


class CategoryMetrics(Schema):
    """`bugCategory` as a class, over the records whose annotation states it.

    `macro_f1` is the mean of `f1` over the labels that occur in the annotations; `counts` says how
    often each does.
    """

    accuracy: float | None
    macro_f1: float | None
    f1: dict[str, float]
    counts: dict[str, int]


class Metrics(Schema):
    """What `evaluate` found over `count` records."""

    count: int
    fields: dict[FieldName, FieldMetrics]
    category: CategoryMetrics


def evaluate(pairs: Sequence[Pair]) -> Metrics:
    """Compare predicted summaries with annotated ones.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("no pairs to evaluate")
    texts = [(predicted.by_field(), annotated.by_field()) for predicted, annotated in pairs]
    by_field = {
        field: [(predicted[field], annotated[field]) for predicted, annotated in texts]
        for field in FieldName
    }
    return Metrics(
        count=len(pairs),
        fields={field: _field_metrics(answers) for field, answers in by_field.items()},
        category=_category_metrics(by_field[FieldName.BUG_CATEGORY]),
    )


def _field_metrics(answers: Sequence[tuple[str, str]]) -> FieldMetrics:
    right: list[float] = []
    exact: list[float] = []
    rouge1: list[float] = []
    rouge2: list[float] = []
    rouge_l: list[float] = []
    rightly_missing = 0
    for predicted, annotated in answers:
        if not _is_stated(annotated):
            rightly_missing += not _is_stated(predicted)
            continue
        overlap = rouge(predicted if _is_stated(predicted) else "", annotated)
        right.append(belongs(predicted, annotated))
        exact.append(_normalised(predicted) == _normalised(annotated))
        rouge1.append(overlap.rouge1)
        rouge2.append(overlap.rouge2)
        rouge_l.append(overlap.rouge_l)
    annotated_missing = len(answers) - len(exact)
    predicted_missing = sum(not _is_stated(predicted) for predicted, _ in answers)
    return FieldMetrics(
        stated=len(exact),
        right=_mean(right),
        exact_match=_mean(exact),
        rouge1=_mean(rouge1),
        rouge2=_mean(rouge2),
        rouge_l=_mean(rouge_l),
        right_overall=(sum(right) + rightly_missing) / len(answers),
        exact_match_overall=(sum(exact) + rightly_missing) / len(answers),
        rouge_l_overall=(sum(rouge_l) + rightly_missing) / len(answers),
        not_stated=NotStatedMetrics(
            annotated=annotated_missing,
            predicted=predicted_missing,
            precision=_share(rightly_missing, predicted_missing),
            recall=_share(rightly_missing, annotated_missing),
            f1=_share(2 * rightly_missing, predicted_missing + annotated_missing),
        ),
    )


def belongs(predicted: str, annotated: str) -> bool:
    """Whether an answer is (a part of) what the annotation says.

    So it is where at least `PART_OF` of the words of its first line are words of the annotation;
    the lines after it are evidence that was added, such as an exception line.
    """
    if not _is_stated(predicted):
        return False
    words = Counter(_WORD.findall(predicted.casefold().split("\n")[0]))
    found = words & Counter(_WORD.findall(annotated.casefold()))
    return found.total() >= PART_OF * words.total() > 0


def _category_metrics(answers: Sequence[tuple[str, str]]) -> CategoryMetrics:
    labels = [
        (_normalised(predicted), _normalised(annotated))
        for predicted, annotated in answers
        if _is_stated(annotated)
    ]
    right = Counter(annotated for predicted, annotated in labels if predicted == annotated)
    said = Counter(predicted for predicted, _ in labels)
    counts = Counter(annotated for _, annotated in labels)
    f1 = {label: 2 * right[label] / (said[label] + counts[label]) for label in sorted(counts)}
    return CategoryMetrics(
        accuracy=_share(right.total(), len(labels)),
        macro_f1=_mean(list(f1.values())),
        f1=f1,
        counts=dict(sorted(counts.items())),
    )


def _normalised(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_stated(text: str) -> bool:
    return _normalised(text) != NOT_STATED.casefold()


def _mean(figures: Sequence[float]) -> float | None:
    return fmean(figures) if figures else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
