"""What every engine has in common: the one interface between the service and a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from schemas.manifest import ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin, Span


@dataclass(frozen=True, slots=True)
class FieldPrediction:
    """What a model says of one field.

    `text` is None where the model says that the report does not state the field. `confidence` is
    the calibrated probability, 0 to 1, that this answer is right. `spans` lead to copied text.
    """

    text: str | None
    confidence: float
    origin: Origin
    spans: tuple[Span, ...] = ()


Prediction = Mapping[FieldName, FieldPrediction]


class PreparedReport(Protocol):
    """A report that an engine has checked, rendered and tokenized by itself."""

    @property
    def token_count(self) -> int:
        """Tokens that the model will read."""
        ...


P = TypeVar("P", bound=PreparedReport)


class Engine(Protocol[P]):
    """A model that turns reports into predictions.

    `prepare` is given one report, so a report that cannot be rendered fails alone. `predict` is
    given a whole batch and runs on one thread at a time; it returns one prediction per report in
    the same order, and a prediction does not depend on the others in the batch.
    """

    @property
    def manifest(self) -> ModelManifest:
        """Who the model is."""
        ...

    def prepare(self, report: ReportInput) -> P:
        """Render and tokenize one report."""
        ...

    def predict(self, batch: Sequence[P]) -> list[Prediction]:
        """Run the model once over a batch."""
        ...
