"""A few held-out reports with their annotations and answers, for people to look at."""

from collections.abc import Iterable, Sequence

from schemas.base import Schema
from schemas.record import TrainingRecord
from schemas.summary import FieldName
from training.data.split import content_key
from training.evaluation.evaluation import Evaluated, report_name
from training.evaluation.scores import ReportScores

WORST = 10
SPREAD = 10
EXCERPT_CHARS = 600
_WORST_FIRST = "fewest fields right, then furthest from the annotation"


class FieldExample(Schema):
    """One field: what is annotated, what was answered, and how good that is.

    `confidence` is None where a rule gave the answer.
    """

    field: FieldName
    annotation: str
    answer: str
    right: bool
    rouge_l: float
    confidence: float | None


class Example(Schema):
    """One report, the beginning of its text, and why it was chosen."""

    report: str
    excerpt: str
    chosen_as: str
    right_fields: int
    closeness: float
    fields: list[FieldExample]


def how_chosen(count: int) -> str:
    """How the examples were chosen of so many reports."""
    others = count - WORST
    if count == 1:
        return "The only report."
    if others <= 0:
        chosen = f"All {count} reports, those first that are answered worst ({_WORST_FIRST})."
    elif others <= SPREAD:
        chosen = (
            f"All {count} reports: the {WORST} that are answered worst ({_WORST_FIRST}), then "
            f"{others} more from the worst to the best."
        )
    else:
        chosen = (
            f"The {WORST} reports that are answered worst ({_WORST_FIRST}), then {SPREAD} of the "
            "others at even steps from the worst to the best."
        )
    return f"{chosen} Where reports score the same, a hash of their text decides."


def choose_examples(evaluated: Evaluated, records: Iterable[TrainingRecord]) -> list[Example]:
    """The worst reports and a spread over the others, all reports where there are few.

    `records` are those that were evaluated, in the same order; they are iterated twice.
    """
    keys = [content_key(record) for record in records]
    standing = [one.standing for one in evaluated.scores]
    order = sorted(range(len(keys)), key=lambda at: (standing[at], keys[at]))
    chosen = dict.fromkeys(order[:WORST], "among the worst")
    chosen |= dict.fromkeys(_even_steps(order[WORST:], SPREAD), "of the spread")
    examples = {
        at: _example(report_name(record, at), record, evaluated, at, chosen[at])
        for at, record in enumerate(records)
        if at in chosen
    }
    return [examples[at] for at in chosen]


def _even_steps(order: Sequence[int], count: int) -> list[int]:
    """`count` items from the first to the last; all where there are fewer."""
    if len(order) <= count:
        return list(order)
    return [order[round(step * (len(order) - 1) / (count - 1))] for step in range(count)]


def _example(
    name: str, record: TrainingRecord, evaluated: Evaluated, at: int, chosen_as: str
) -> Example:
    scores: ReportScores = evaluated.scores[at]
    annotated = record.output.by_field()
    return Example(
        report=name,
        excerpt=excerpt(record),
        chosen_as=chosen_as,
        right_fields=scores.right_fields,
        closeness=scores.closeness,
        fields=[
            FieldExample(
                field=field,
                annotation=annotated[field],
                answer=evaluated.answers[at].said(field),
                right=scores.fields[field].right,
                rouge_l=scores.fields[field].rouge_l,
                confidence=scores.fields[field].confidence,
            )
            for field in FieldName
        ],
    )


def excerpt(record: TrainingRecord) -> str:
    """The beginning of a report's text."""
    text = record.input.description or record.input.stacktrace_text or ""
    return text if len(text) <= EXCERPT_CHARS else f"{text[: EXCERPT_CHARS - 1]}…"
