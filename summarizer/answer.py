"""From what a model says of the fields to the summary that is sent."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What is sent of one field; `text` is `Not stated` where nothing is."""

    name: FieldName
    text: str
    details: FieldDetails


class Answers:
    """The fields of one report as they become final: thresholds applied, derived ones included.

    A field is final once: what is added of it later changes nothing.
    """

    def __init__(self, report: ReportInput, manifest: ModelManifest) -> None:
        self._report = report
        self._manifest = manifest
        self._fields: dict[FieldName, FieldAnswer] = {}

    def begin(self) -> list[FieldAnswer]:
        """What is final before the model has read the report."""
        environment = format_environment(self._report.env)
        if environment is None:
            return []
        return [self._settle(FieldName.ENVIRONMENT, _derived(environment))]

    def takes_time(self, prediction: Prediction, *, done: bool) -> bool:
        """Whether `add` would look for a solution in the report, which takes up to milliseconds."""
        name = FieldName.SUGGESTED_SOLUTION
        if name in self._fields or (name not in prediction and not done):
            return False
        return self._above_threshold(name, prediction).text is None

    def add(self, prediction: Prediction, *, done: bool) -> list[FieldAnswer]:
        """What the model says of some fields: those of them that are final now, in their order.

        With `done` it says no more, so that all the others are final too.
        """
        return [
            self._settle(name, self._final(name, prediction))
            for name in FieldName
            if name not in self._fields and (done or name in prediction)
        ]

    def whole(self) -> tuple[Summary, Details]:
        """The summary and what stands behind it. Every field must be final."""
        fields = {name: self._fields[name] for name in FieldName}
        summary = Summary.from_fields({name: field.text for name, field in fields.items()})
        return summary, _details(self._report, fields)

    def _final(self, name: FieldName, prediction: Prediction) -> FieldPrediction:
        field = self._above_threshold(name, prediction)
        if field.text is None and name is FieldName.SUGGESTED_SOLUTION:
            solution = suggest_solution(self._report)
            if solution is not None:
                return _derived(solution)
        return field

    def _above_threshold(self, name: FieldName, prediction: Prediction) -> FieldPrediction:
        field = prediction.get(name, NOT_STATED_PREDICTION)
        if field.text is None or field.confidence >= self._manifest.thresholds.get(name, 0.0):
            return field
        return FieldPrediction(None, 1.0 - field.confidence, Origin.NOT_STATED)

    def _settle(self, name: FieldName, field: FieldPrediction) -> FieldAnswer:
        answer = FieldAnswer(
            name,
            _bounded((field.text or "").strip()) or NOT_STATED,
            FieldDetails(confidence=field.confidence, origin=field.origin, spans=list(field.spans)),
        )
        self._fields[name] = answer
        return answer


def assemble(
    report: ReportInput, prediction: Prediction, manifest: ModelManifest
) -> tuple[Summary, Details]:
    """Apply the thresholds, derive what can be derived and say what is missing."""
    answers = Answers(report, manifest)
    answers.begin()
    answers.add(prediction, done=True)
    return answers.whole()


def _derived(text: str) -> FieldPrediction:
    """What a rule makes of the request is certain to stand on it; no probability is known."""
    return FieldPrediction(text, 1.0, Origin.DERIVED)


def _bounded(text: str) -> str:
    """A copied line may be as long as the report; its spans still lead to all of it."""
    return text if len(text) <= MAX_FIELD_CHARS else f"{text[: MAX_FIELD_CHARS - 1]}…"


def _details(report: ReportInput, fields: dict[FieldName, FieldAnswer]) -> Details:
    notes = []
    if report.image_paths:
        count = len(report.image_paths)
        notes.append(
            f"{count} image path{'s' if count > 1 else ''} given; images are not read yet and "
            "were not used."
        )
    return Details(
        fields={name: field.details for name, field in fields.items()},
        missing=[
            MissingField(field=name, question=question)
            for name, question in QUESTIONS.items()
            if fields[name].text == NOT_STATED
        ],
        notes=notes,
    )
