"""From a prediction to the summary that is sent."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.report import Environment, ReportInput
from schemas.summary import MAX_FIELD_CHARS, FieldName, Origin, Span
from summarizer.answer import Answers, FieldAnswer, assemble
from summarizer.engine import FieldPrediction, Prediction
from summarizer.engines.mock import MANIFEST


def test_a_copied_line_as_long_as_the_report_is_cut_and_not_an_error() -> None:
    line = "x" * (MAX_FIELD_CHARS + 1)
    span = Span(part="description", start=0, end=len(line))
    prediction = {
        FieldName.ACTUAL_BEHAVIOR: FieldPrediction(line, 0.9, Origin.COPIED, (span,)),
        FieldName.EXPECTED_BEHAVIOR: FieldPrediction(line[1:], 0.9, Origin.COPIED, (span,)),
    }
    summary, details = assemble(ReportInput(description=line), prediction, MANIFEST)
    assert summary.actual_behavior == line[: MAX_FIELD_CHARS - 1] + "…"
    assert summary.expected_behavior == line[1:]
    assert details.fields[FieldName.ACTUAL_BEHAVIOR].spans == [span]


@pytest.mark.parametrize(
    "solution", [FieldPrediction(None, 0.55, Origin.NOT_STATED), None], ids=["unsure", "no field"]
)
def test_what_a_rule_derives_does_not_have_the_confidence_of_not_stated(
    solution: FieldPrediction | None,
) -> None:
    report = ReportInput(
        description="It fails.",
        stacktrace_text="java.io.IOException: closed\n\tat a.D.e(D.java:2)",
        env=Environment(os="Linux"),
    )
    prediction = {} if solution is None else {FieldName.SUGGESTED_SOLUTION: solution}
    _, details = assemble(report, prediction, MANIFEST)
    for name in (FieldName.ENVIRONMENT, FieldName.SUGGESTED_SOLUTION):
        assert (details.fields[name].origin, details.fields[name].confidence) == (
            Origin.DERIVED,
            1.0,
        )


TRACED = ReportInput(
    description="It fails.",
    stacktrace_text="java.io.IOException: closed\n\tat a.D.e(D.java:2)",
    env=Environment(os="Linux"),
)
PLAIN = ReportInput(description="It fails.")
UNSURE = MANIFEST.model_copy(update={"thresholds": {FieldName.SUGGESTED_SOLUTION: 0.5}})


def said(confidence: float = 0.9, text: str | None = "try it") -> Prediction:
    return {FieldName.SUGGESTED_SOLUTION: FieldPrediction(text, confidence, Origin.GENERATED)}


@pytest.mark.parametrize(
    ("prediction", "done", "takes_time"),
    [
        pytest.param(said(), False, False, id="stated"),
        pytest.param(said(0.1), False, True, id="below its threshold"),
        pytest.param(said(text=None), False, True, id="not stated"),
        pytest.param({}, False, False, id="not yet"),
        pytest.param({}, True, True, id="never"),
    ],
)
def test_a_solution_is_looked_for_where_the_model_has_none(
    prediction: Prediction, done: bool, takes_time: bool
) -> None:
    answers = Answers(TRACED, UNSURE)
    assert answers.takes_time(prediction, done=done) == takes_time
    added = {answer.name: answer for answer in answers.add(prediction, done=done)}
    if takes_time:
        assert added[FieldName.SUGGESTED_SOLUTION].details.origin is Origin.DERIVED


TEXTS = st.one_of(
    st.none(), st.text(max_size=20), st.just(" \x1c\u2003"), st.just(f" {'x' * MAX_FIELD_CHARS}y ")
)
PREDICTIONS = st.dictionaries(
    st.sampled_from(FieldName),
    st.builds(
        FieldPrediction, TEXTS, st.floats(0, 1), st.sampled_from([Origin.COPIED, Origin.GENERATED])
    ),
)


@settings(deadline=None)
@given(st.sampled_from([TRACED, PLAIN]), PREDICTIONS, st.lists(st.sampled_from(FieldName)))
def test_field_by_field_is_the_same_as_all_at_once(
    report: ReportInput, prediction: Mapping[FieldName, FieldPrediction], order: list[FieldName]
) -> None:
    answers = Answers(report, UNSURE)
    told: list[FieldAnswer] = answers.begin()
    for name in order:
        told += answers.add({name: prediction[name]} if name in prediction else {}, done=False)
    told += answers.add(prediction, done=True)
    assert answers.add(prediction, done=True) == []
    summary, details = answers.whole()
    assert (summary, details) == assemble(report, prediction, UNSURE)
    assert sorted(answer.name for answer in told) == sorted(FieldName)
    assert {answer.name: answer.text for answer in told} == summary.by_field()
    assert {answer.name: answer.details for answer in told} == details.fields
