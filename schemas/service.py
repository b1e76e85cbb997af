"""The small answers of the service about itself, and the batch envelope."""

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.base import Schema
from schemas.report import MAX_BATCH_REPORTS
from schemas.summary import FailedReport, FieldDetails, FieldName, InferenceResponse


class Health(Schema):
    """The process answers."""

    status: Literal["ok"] = "ok"
    service: Literal["trainer"] = "trainer"


class Ready(Schema):
    """A real inference has worked."""

    status: Literal["ready"] = "ready"


class BatchRequest(Schema):
    """Up to 64 reports. Each is checked by itself, so a bad one does not spoil the others."""

    reports: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH_REPORTS)]


class BatchResponse(Schema):
    """One result per report, in the order of the request."""

    results: list[InferenceResponse | FailedReport]


class FieldEvent(Schema):
    """A field that is finished, as the stream of a report sends it.

    `details` is there only when it was asked for.
    """

    id: str
    field: FieldName
    text: str
    details: FieldDetails | None = None

    def to_wire(self) -> dict[str, Any]:
        """The JSON object, without `details` where there are none."""
        return self.model_dump(mode="json", exclude_none=True)
