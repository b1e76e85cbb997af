"""The scores of one answer: what a rule gave, what was pointed at, what is missing."""

import pytest

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, Details, FieldDetails, FieldName, Origin, Span
from tests.scored import scored, summary
from training.evaluation.answers import Answer
from training.evaluation.pointers import Pointers, right_pointers
from training.evaluation.scores import FieldScores, score_report
from training.matching import report_segments

ACTUAL = FieldName.ACTUAL_BEHAVIOR
ENVIRONMENT = FieldName.ENVIRONMENT
TEXT = """OS: macOS 14

The row stays. The counter goes down anyway. Nothing is in the log."""
STAYS = Span(part="description", start=TEXT.index("The row"), end=TEXT.index(" The counter"))
COUNTER = Span(part="description", start=TEXT.index("The counter"), end=TEXT.index(" Nothing"))


def record(actual: str, environment: str = NOT_STATED) -> TrainingRecord:
    return TrainingRecord(
        input=ReportInput(description=TEXT),
        output=summary({ACTUAL: actual, ENVIRONMENT: environment}, otherwise=NOT_STATED),
    )


def pointers(one: TrainingRecord) -> Pointers:
    return right_pointers(one.output, report_segments(one.input))


def score(
    one: TrainingRecord,
    field: FieldName,
    text: str,
    origin: Origin = Origin.COPIED,
    spans: tuple[Span, ...] = (),
) -> FieldScores:
    behind = FieldDetails(confidence=0.75, origin=origin, spans=list(spans))
    details = Details(fields=dict.fromkeys(FieldName, behind), missing=[], notes=[])
    answer = Answer(summary({field: text}, otherwise=NOT_STATED), details)
    return score_report(one, answer, pointers(one)).fields[field]


def test_an_annotation_that_is_a_segment_leads_to_it() -> None:
    assert pointers(record("the row stays")).right == {ACTUAL: frozenset({STAYS})}


@pytest.mark.parametrize(
    "annotation",
    [
        pytest.param(NOT_STATED, id="not stated"),
        pytest.param("It burns", id="nowhere in the report"),
        pytest.param("The row stays, and the counter, which is another thing, counts", id="retold"),
    ],
)
def test_an_annotation_that_is_no_segment_leads_nowhere(annotation: str) -> None:
    assert pointers(record(annotation)).right == {}


@pytest.mark.parametrize(
    ("spans", "pointed"),
    [
        pytest.param((STAYS,), True, id="the segment"),
        pytest.param((STAYS, COUNTER), True, id="it and what it brought along"),
        pytest.param((COUNTER,), False, id="another"),
        pytest.param((COUNTER, STAYS), False, id="another that brought it along"),
        pytest.param((), False, id="written, not copied"),
    ],
)
def test_copying_is_right_where_the_answer_leads_to_the_annotated_segment(
    spans: tuple[Span, ...], pointed: bool
) -> None:
    assert score(record("the row stays"), ACTUAL, "any", spans=spans).pointed is pointed


def test_a_label_before_the_segment_is_not_what_was_pointed_at() -> None:
    one = record("The row stays.", "macOS 14")
    (value,) = pointers(one).right[ENVIRONMENT]
    label = Span(part="description", start=0, end=TEXT.index(" macOS"))
    assert label in pointers(one).headings
    assert score(one, ENVIRONMENT, "OS: macOS 14", spans=(label, value)).pointed is True


def test_not_stated_leads_to_no_segment() -> None:
    found = score(record("The row stays."), ACTUAL, NOT_STATED, Origin.NOT_STATED)
    assert (found.pointed, found.right, found.rouge_l) == (False, False, 0.0)


def test_what_a_rule_derived_has_neither_confidence_nor_pointer() -> None:
    found = score(record("The row stays."), ACTUAL, "The row stays.", Origin.DERIVED)
    assert (found.confidence, found.pointed, found.right) == (None, None, True)


def test_not_stated_is_right_with_its_confidence_where_nothing_is_annotated() -> None:
    found = score(record(NOT_STATED), ACTUAL, NOT_STATED, Origin.NOT_STATED)
    assert (found.right, found.confidence, found.pointed) == (True, 0.75, None)
    wrong = score(record(NOT_STATED), ACTUAL, "The row stays.")
    assert (wrong.right, wrong.exact, wrong.rouge_l) == (False, False, 0.0)


def test_a_failed_report_has_no_confidence_and_points_nowhere() -> None:
    one = record("The row stays.")
    found = score_report(one, Answer(None, failure="failed"), pointers(one)).fields
    assert (found[ACTUAL].pointed, found[ACTUAL].confidence) == (False, None)
    assert not any(field.right for field in found.values())


def test_reports_are_ordered_by_right_fields_and_then_by_closeness() -> None:
    right, close, far = scored(
        ACTUAL, ("a b c d", "a b c d"), ("a b c x y", "a b c d"), ("u v x y z", "a b c d")
    )
    assert right.standing > close.standing > far.standing
    assert (right.right_fields, close.right_fields) == (5, 4)
    assert close.closeness == pytest.approx((4 + 2 * 3 / 9) / 5)
