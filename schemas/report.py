"""A bug report as it comes in: what `/inference` takes, and the input of a training record."""

import math
import re
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas.base import Schema

MAX_DESCRIPTION_CHARS = 100_000
MAX_STACKTRACE_CHARS = 200_000
MAX_IMAGES = 20
MAX_IMAGE_PATH_CHARS = 2_048
MAX_ID_CHARS = 200
MAX_ENV_KEYS = 50
MAX_ENV_KEY_CHARS = 100
MAX_ENV_VALUE_CHARS = 500
MAX_BATCH_REPORTS = 64


_INVISIBLE = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff"
)
"""White space, control characters and what has no width, inside a regular expression's brackets."""

_VISIBLE = rf"[^{_INVISIBLE}]"
"""Some character that can be seen; understood by Python and in a JSON schema."""

_VISIBLE_LINE = rf"^[^\x00-\x1f\x7f]*{_VISIBLE}[^\x00-\x1f\x7f]*$"
"""For the JSON schema: visible text without control characters, as the validators below ask for."""

_FIRST_VISIBLE = re.compile(_VISIBLE)


def _scalar_to_text(value: object) -> object:
    """Clients send versions as numbers and flags as booleans; both read well as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not math.isfinite(value):
        # Python's parser takes NaN and Infinity, which JSON does not have, and 1e999.
        raise PydanticCustomError("finite_number", "must be a finite number")
    if isinstance(value, int | float):
        return str(value)
    return value


def _is_visible(text: str | None) -> bool:
    return text is not None and _FIRST_VISIBLE.search(text) is not None


def _visible(value: str) -> str:
    if not _is_visible(value):
        raise PydanticCustomError("blank", "must not be blank")
    return value


def _without_control_characters(value: str) -> str:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise PydanticCustomError("control_character", "must not contain control characters")
    return value


EnvValue = Annotated[
    str,
    StringConstraints(max_length=MAX_ENV_VALUE_CHARS, strip_whitespace=True),
    # After the constraints, which pydantic would take for those of a list behind a validator.
    BeforeValidator(_scalar_to_text, json_schema_input_type=str | float | bool),
]

ImagePath = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_IMAGE_PATH_CHARS),
    AfterValidator(_without_control_characters),
    AfterValidator(_visible),
    Field(json_schema_extra={"pattern": _VISIBLE_LINE}),
]

ReportId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_ID_CHARS),
    AfterValidator(_without_control_characters),
    AfterValidator(_visible),
    Field(json_schema_extra={"pattern": _VISIBLE_LINE}),
]


class Environment(BaseModel):
    """Where the bug was seen. Any further key with a plain value is kept and shown."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        serialize_by_alias=True,
        json_schema_extra={
            "maxProperties": MAX_ENV_KEYS,
            "propertyNames": {"pattern": _VISIBLE, "maxLength": MAX_ENV_KEY_CHARS},
        },
    )
    __pydantic_extra__: dict[str, EnvValue | None]

    os: EnvValue | None = None
    browser: EnvValue | None = None
    browser_version: EnvValue | None = Field(default=None, alias="browserVersion")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if len(self.model_fields_set) > MAX_ENV_KEYS:
            raise PydanticCustomError(
                "too_many_keys", "must have at most {limit} keys", {"limit": MAX_ENV_KEYS}
            )
        for key in self.__pydantic_extra__:
            if not _is_visible(key) or len(key) > MAX_ENV_KEY_CHARS:
                raise PydanticCustomError(
                    "key_length",
                    "every key must have 1 to {limit} characters and not be blank",
                    {"limit": MAX_ENV_KEY_CHARS},
                )
        return self


class ReportInput(Schema):
    """The text of a report, its environment and its screenshots.

    Every part may be missing or null, but the description or the stack trace must say something.
    """

    model_config = ConfigDict(
        alias_generator=None,
        json_schema_extra={
            "anyOf": [
                {"required": [part], "properties": {part: {"type": "string", "pattern": _VISIBLE}}}
                for part in ("description", "stacktrace_text")
            ]
        },
    )

    description: Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)] | None = None
    stacktrace_text: Annotated[str, StringConstraints(max_length=MAX_STACKTRACE_CHARS)] | None = (
        None
    )
    env: Environment | None = None
    image_paths: Annotated[list[ImagePath], Field(max_length=MAX_IMAGES)] | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not _is_visible(self.description) and not _is_visible(self.stacktrace_text):
            raise PydanticCustomError(
                "empty_report",
                "the report is empty: give a description or a stacktrace_text",
            )
        return self


class InferenceRequest(Schema):
    """One report to summarize."""

    id: ReportId
    input: ReportInput
