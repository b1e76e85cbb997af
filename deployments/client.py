"""What the HTTP app knows of the model: an interface, behind which are replicas or an engine."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from schemas.manifest import ModelDescription
from schemas.report import ReportInput
from schemas.summary import Details, ModelReference, Summary
from summarizer.answer import FieldAnswer


@dataclass(frozen=True, slots=True)
class Answer:
    """A summary, what it stands on, and the model that gave it.

    `fingerprint` is that of `ModelDescription`: what gave the answer, down to its weights.
    """

    summary: Summary
    details: Details
    model: ModelReference
    fingerprint: str


AnswerStream = AsyncGenerator[FieldAnswer | Answer, None]
"""The fields of one report as they are finished, each once, and its answer as the last item."""


class SummarizerClient(Protocol):
    """Whatever answers reports. Every method raises errors of `schemas.errors` only.

    Cancelling `summarize`, or closing what `stream` gave, gives the report's place up, wherever it
    is. `timeout_s` travels to whoever does the work: after it a report is not started any more.
    """

    async def summarize(self, report: ReportInput, request_id: str, timeout_s: float) -> Answer:
        """Answer one report. `request_id` is for the logs of whoever does the work."""
        ...

    def stream(self, report: ReportInput, request_id: str, timeout_s: float) -> AnswerStream:
        """Answer one report field by field."""
        ...

    async def describe(self) -> ModelDescription:
        """Say which model answers."""
        ...

    async def ready(self) -> None:
        """Return if a real inference has worked, and raise NotReady if not."""
        ...
