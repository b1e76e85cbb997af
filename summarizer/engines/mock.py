"""The mock engine: fixed answers without a model, to build and test a front end against."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.manifest import ModelKind, ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.engine import FieldPrediction, OneShotEngine, Prediction
from summarizer.environment import format_environment

CATEGORY = "mock-category"
TEXTS = {
    FieldName.ACTUAL_BEHAVIOR: "Mocked actual behavior — check stacktrace",
    FieldName.EXPECTED_BEHAVIOR: "Mocked expected behavior",
    FieldName.BUG_CATEGORY: CATEGORY,
    FieldName.SUGGESTED_SOLUTION: "Mocked suggestion",
}
MANIFEST = ModelManifest(
    kind=ModelKind.EXTRACTIVE,
    name="mock-trainer",
    version="0.1",
    base_model="none",
    categories=[CATEGORY],
)


@dataclass(frozen=True, slots=True)
class MockReport:
    """All that the mock reads of a report."""

    environment: str | None
    token_count: int


class MockEngine(OneShotEngine[MockReport]):
    """Answers every report alike, but for its environment. Satisfies `Engine`."""

    @property
    def manifest(self) -> ModelManifest:
        """The mock's name and version."""
        return MANIFEST

    def prepare(self, report: ReportInput) -> MockReport:
        """Format the environment and count the words."""
        words = f"{report.description or ''} {report.stacktrace_text or ''}".split()
        return MockReport(format_environment(report.env), max(1, len(words)))

    def predict(self, batch: Sequence[MockReport]) -> list[Prediction]:
        """The fixed texts, one set per report."""
        return [_predict_one(report) for report in batch]


def _predict_one(report: MockReport) -> Prediction:
    fields = {name: FieldPrediction(text, 1.0, Origin.GENERATED) for name, text in TEXTS.items()}
    origin = Origin.DERIVED if report.environment else Origin.NOT_STATED
    return {FieldName.ENVIRONMENT: FieldPrediction(report.environment, 1.0, origin), **fields}
