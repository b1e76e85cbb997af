"""What the HTTP app knows of the model: an interface, behind which are replicas or an engine."""

from dataclasses import dataclass
from typing import Protocol

from schemas.manifest import ModelDescription
from schemas.report import ReportInput
from schemas.summary import Details, ModelReference, Summary


@dataclass(frozen=True, slots=True)
class Answer:
    """A summary, what it stands on, and the model that gave it."""

    summary: Summary
    details: Details
    model: ModelReference


class SummarizerClient(Protocol):
    """Whatever answers reports. Every method raises errors of `schemas.errors` only.

    Cancelling `summarize` gives the report's place up, wherever it is.
    """

    async def summarize(self, report: ReportInput, request_id: str) -> Answer:
        """Answer one report. `request_id` is for the logs of whoever does the work."""
        ...

    async def describe(self) -> ModelDescription:
        """Say which model answers."""
        ...

    async def ready(self) -> None:
        """Return if a real inference has worked, and raise NotReady if not."""
        ...
