"""A structured summary as it goes out: the answer, and the output of a training record."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints

from schemas.base import Schema
from schemas.problem import Problem

NOT_STATED = "Not stated"
MAX_FIELD_CHARS = 40_000
"""As long as the longest environment that a report may have, in words."""


class FieldName(StrEnum):
    """The five fields of a summary, in the order in which they are shown."""

    ENVIRONMENT = "environment"
    ACTUAL_BEHAVIOR = "actualBehavior"
    EXPECTED_BEHAVIOR = "expectedBehavior"
    BUG_CATEGORY = "bugCategory"
    SUGGESTED_SOLUTION = "suggestedSolution"


_ALSO_NOT_STATED = frozenset({"", NOT_STATED.casefold()})


def _blank_to_not_stated(value: object) -> object:
    if value is None:
        return NOT_STATED
    if isinstance(value, str) and " ".join(value.split()).casefold() in _ALSO_NOT_STATED:
        return NOT_STATED
    return value


FieldText = Annotated[
    str,
    StringConstraints(max_length=MAX_FIELD_CHARS, strip_whitespace=True),
    # After the constraints, which pydantic would take for those of a list behind a validator.
    BeforeValidator(_blank_to_not_stated),
]


class Summary(Schema):
    """The five fields. What the report does not support is `Not stated`.

    A blank or null field, as annotators leave it, reads as `Not stated`; so does that in other
    case.
    """

    environment: FieldText
    actual_behavior: FieldText
    expected_behavior: FieldText
    bug_category: FieldText
    suggested_solution: FieldText

    def by_field(self) -> dict[FieldName, str]:
        """The same five texts, keyed by field."""
        return {
            FieldName.ENVIRONMENT: self.environment,
            FieldName.ACTUAL_BEHAVIOR: self.actual_behavior,
            FieldName.EXPECTED_BEHAVIOR: self.expected_behavior,
            FieldName.BUG_CATEGORY: self.bug_category,
            FieldName.SUGGESTED_SOLUTION: self.suggested_solution,
        }

    @classmethod
    def from_fields(cls, fields: dict[FieldName, str]) -> "Summary":
        """Build a summary from texts keyed by field; all five must be there."""
        return cls.model_validate({name.value: text for name, text in fields.items()})


class Origin(StrEnum):
    """Where the text of a field came from."""

    COPIED = "copied"
    GENERATED = "generated"
    DERIVED = "derived"
    NOT_STATED = "not_stated"


class Span(Schema):
    """A piece of the request: characters `start` to `end` (exclusive) of one of its texts."""

    part: Literal["description", "stacktrace_text"]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class FieldDetails(Schema):
    """How sure the answer is of a field, and what the field stands on.

    `confidence` is the calibrated probability that the field is right. Of a `derived` field it is
    1: a rule made it from the request, which says nothing on how much it helps. `spans` is empty
    unless the origin is `copied`; then it names the copied pieces in the order of the field's text.
    """

    confidence: Annotated[float, Field(ge=0, le=1)]
    origin: Origin
    spans: list[Span] = []


class MissingField(Schema):
    """A field that the reporter should be asked about."""

    field: FieldName
    question: str


class Details(Schema):
    """What stands behind a summary; sent with `?details=true`."""

    fields: dict[FieldName, FieldDetails]
    missing: list[MissingField]
    notes: list[str]


class ModelReference(Schema):
    """The model that gave an answer."""

    name: str
    version: str


def _to_milliseconds(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


Timestamp = Annotated[
    datetime,
    PlainSerializer(_to_milliseconds, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


class InferenceResponse(Schema):
    """The answer to one report. `details` is there only when it was asked for."""

    id: str
    summary: Summary
    model: ModelReference
    timestamp: Timestamp
    details: Details | None = None

    def to_wire(self) -> dict[str, Any]:
        """The JSON object, without `details` where there are none."""
        return self.model_dump(mode="json", exclude_none=True)


class FailedReport(Schema):
    """What stands in the place of an answer in a batch when its report failed."""

    id: str | None
    problem: Problem
