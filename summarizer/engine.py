"""What every engine has in common: the one interface between the service and a model."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

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


@dataclass(frozen=True, slots=True)
class Progress:
    """What an engine says of one report after an admission or a step.

    `fields` are those that are finished since it last spoke of the report. With `done` they all
    are, and the engine has forgotten the report.
    """

    ticket: int
    fields: Prediction
    done: bool


P = TypeVar("P", bound=PreparedReport)


class Engine(Protocol[P]):
    """A model that turns reports into predictions.

    `prepare` may be called on any thread; it is given one report, so a report that cannot be
    rendered fails alone. Everything else is called on one thread only. Reports are known by the
    tickets under which they were admitted, and what is said of a report does not depend on those
    that run beside it.
    """

    @property
    def manifest(self) -> ModelManifest:
        """Who the model is."""
        ...

    @property
    def most_at_once(self) -> int | None:
        """With more reports at once it does no more per second; None where it always does."""
        ...

    def prepare(self, report: ReportInput) -> P:
        """Render and tokenize one report."""
        ...

    def admit(self, reports: Mapping[int, P]) -> list[Progress]:
        """Encode reports. An engine that does not decode answers them all.

        Where it raises, none of them has been admitted and those that run are unharmed.
        """
        ...

    def step(self) -> list[Progress]:
        """Do one decoder step of all that runs.

        Where it raises, everything that ran is lost; the caller then drops it.
        """
        ...

    def drop(self, tickets: Collection[int]) -> None:
        """Forget reports, answered or not; tickets that are not known are ignored."""
        ...

    @property
    def live_rows(self) -> int:
        """Rows that the next step computes; with none, no step is needed."""
        ...


class OneShotEngine(ABC, Generic[P]):
    """The part of `Engine` that is alike where a report is answered in one call of the model."""

    @property
    def most_at_once(self) -> int | None:
        """None: the larger the batch, the more is done."""
        return None

    @abstractmethod
    def predict(self, batch: Sequence[P]) -> list[Prediction]:
        """Run the model once over a batch: one prediction per report, in the same order."""

    def admit(self, reports: Mapping[int, P]) -> list[Progress]:
        """Answer all the reports."""
        predictions = self.predict(list(reports.values()))
        if len(predictions) != len(reports):
            raise RuntimeError(f"{len(predictions)} predictions for {len(reports)} reports")
        return [
            Progress(ticket, prediction, done=True)
            for ticket, prediction in zip(reports, predictions, strict=True)
        ]

    def step(self) -> list[Progress]:
        """Do nothing: what was admitted is answered."""
        return []

    def drop(self, tickets: Collection[int]) -> None:
        """Do nothing: what was admitted is forgotten."""

    @property
    def live_rows(self) -> int:
        """None: nothing is decoded."""
        return 0


def predict_all(engine: Engine[P], reports: Sequence[P]) -> list[Prediction]:
    """The predictions of reports that are admitted together, in their order.

    For callers that have the engine to themselves. Raises what the engine raises, with nothing
    left in it.
    """
    answers: list[dict[FieldName, FieldPrediction]] = [{} for _ in reports]
    running = set(range(len(reports)))

    def take_in(progress: Iterable[Progress]) -> None:
        for each in progress:
            answers[each.ticket].update(each.fields)
            if each.done:
                running.remove(each.ticket)

    if not reports:
        return []
    try:
        take_in(engine.admit(dict(enumerate(reports))))
        while engine.live_rows:
            take_in(engine.step())
        if running:
            raise RuntimeError(f"the engine has left {len(running)} reports unanswered")
    finally:
        if running:
            engine.drop(running)
    return list(answers)
