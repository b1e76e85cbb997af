"""From a prediction to the summary that is sent."""

import pytest

from schemas.report import Environment, ReportInput
from schemas.summary import MAX_FIELD_CHARS, FieldName, Origin, Span
from summarizer.answer import assemble
from summarizer.engine import FieldPrediction
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
