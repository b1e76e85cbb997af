"""Engines that do what a test tells them, behind the real interface."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import InvalidReport
from schemas.manifest import ModelKind, ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.engine import FieldPrediction, Prediction

REFUSED = "refused by prepare"
BREAKS_PREPARE = "breaks prepare"
BREAKS_PREDICT = "breaks predict"
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class FakeReport:
    """The text itself."""

    text: str

    @property
    def token_count(self) -> int:
        """One token per word."""
        return len(self.text.split())


class FakeEngine:
    """Repeats the description as the actual behavior, and keeps every batch that it ran.

    While the gate is closed, `predict` waits in it. A report that holds one of the phrases above
    makes it raise, with the report's text in the exception's message as libraries do.
    """

    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE, name="fake", version="1", base_model="none", categories=["bug"]
    )

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.running = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.prepared_on: set[str] = set()
        self.predicted_on: set[str] = set()

    def prepare(self, report: ReportInput) -> FakeReport:
        """Take the description."""
        self.prepared_on.add(threading.current_thread().name)
        text = report.description or ""
        if REFUSED in text:
            raise InvalidReport("The report holds no word.")
        if BREAKS_PREPARE in text:
            raise ValueError(f"cannot tokenize {text!r}")
        return FakeReport(text)

    def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
        """Wait for the gate, then answer."""
        self.predicted_on.add(threading.current_thread().name)
        texts = [report.text for report in batch]
        self.batches.append(texts)
        self.running.set()
        assert self.gate.wait(TIMEOUT_S)
        self.running.clear()
        for text in texts:
            if BREAKS_PREDICT in text:
                raise RuntimeError(f"bad tensor for {text!r}")
        return [
            {FieldName.ACTUAL_BEHAVIOR: FieldPrediction(text, 0.9, Origin.GENERATED)}
            for text in texts
        ]
