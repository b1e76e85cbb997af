"""From what a model says of the fields to the summary that is sent."""

from schemas.manifest import ModelManifest
from schemas.report import ReportInput
from schemas.summary import (
    MAX_FIELD_CHARS,
    NOT_STATED,
    Details,
    FieldDetails,
    FieldName,
    MissingField,
    Origin,
    Summary,
)
from summarizer.engine import FieldPrediction, Prediction
from summarizer.environment import format_environment
from summarizer.solution import suggest_solution

QUESTIONS = {
    FieldName.ENVIRONMENT: "Which operating system, browser or device and which versions were "
    "used when the problem occurred?",
    FieldName.ACTUAL_BEHAVIOR: "What happened exactly? Please describe what you saw, with the "
    "wording of any error message.",
    FieldName.EXPECTED_BEHAVIOR: "What did you expect to happen instead?",
}
"""One question for each field that only the reporter can fill."""

NOT_STATED_PREDICTION = FieldPrediction(None, 0.0, Origin.NOT_STATED)


def assemble(
    report: ReportInput, prediction: Prediction, manifest: ModelManifest
) -> tuple[Summary, Details]:
    """Apply the thresholds, derive what can be derived and say what is missing."""
    fields = {
        name: _above_threshold(prediction.get(name, NOT_STATED_PREDICTION), manifest, name)
        for name in FieldName
    }
    environment = format_environment(report.env)
    if environment is not None:
        fields[FieldName.ENVIRONMENT] = _derived(environment)
    if fields[FieldName.SUGGESTED_SOLUTION].text is None:
        solution = suggest_solution(report)
        if solution is not None:
            fields[FieldName.SUGGESTED_SOLUTION] = _derived(solution)
    summary = Summary.from_fields(
        {name: _bounded(field.text or NOT_STATED) for name, field in fields.items()}
    )
    return summary, _details(report, fields)


def _derived(text: str) -> FieldPrediction:
    """What a rule makes of the request is certain to stand on it; no probability is known."""
    return FieldPrediction(text, 1.0, Origin.DERIVED)


def _bounded(text: str) -> str:
    """A copied line may be as long as the report; its spans still lead to all of it."""
    return text if len(text) <= MAX_FIELD_CHARS else f"{text[: MAX_FIELD_CHARS - 1]}…"


def _above_threshold(
    field: FieldPrediction, manifest: ModelManifest, name: FieldName
) -> FieldPrediction:
    if field.text is None or field.confidence >= manifest.thresholds.get(name, 0.0):
        return field
    return FieldPrediction(None, 1.0 - field.confidence, Origin.NOT_STATED)


def _details(report: ReportInput, fields: dict[FieldName, FieldPrediction]) -> Details:
    notes = []
    if report.image_paths:
        count = len(report.image_paths)
        notes.append(
            f"{count} image path{'s' if count > 1 else ''} given; images are not read yet and "
            "were not used."
        )
    return Details(
        fields={
            name: FieldDetails(
                confidence=field.confidence, origin=field.origin, spans=list(field.spans)
            )
            for name, field in fields.items()
        },
        missing=[
            MissingField(field=name, question=question)
            for name, question in QUESTIONS.items()
            if fields[name].text is None
        ],
        notes=notes,
    )
