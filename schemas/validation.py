"""What pydantic says of bad input, in the words that a caller needs to mend it.

The value itself never appears: it may be a report's text.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from schemas.problem import FieldProblem

ROOT = "$"
"""The path of the whole document."""

MAX_KEY_CHARS = 60
_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")

_MESSAGES = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a known key; remove it or correct its spelling",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode; it holds half of a surrogate pair",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters; shorten it",
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} items; send fewer",
    "list_type": "must be a JSON array",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
}
"""Error types of pydantic, and what to say instead of their own message."""


def field_problems(error: ValidationError) -> tuple[FieldProblem, ...]:
    """One problem per bad field, in the order of the schema."""
    return problems_of(error.errors(include_url=False, include_input=False))


def problems_of(details: Iterable[Mapping[str, Any]], skip: int = 0) -> tuple[FieldProblem, ...]:
    """The same from the dictionaries of `errors()`, as FastAPI passes them on.

    `skip` leading steps of each location (FastAPI's `body`) are left out of the path.
    """
    return tuple(
        FieldProblem(
            path=json_path(detail["loc"][skip:]), code=detail["type"], message=_message(detail)
        )
        for detail in details
    )


def json_path(location: Iterable[str | int]) -> str:
    """`("reports", 3, "id")` as `reports[3].id`; a key that is no plain word stands quoted."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step) and len(step) <= MAX_KEY_CHARS:
            path += f".{step}" if path else step
        else:
            path += f"[{_quoted(step)}]"
    return path or ROOT


def _quoted(key: str) -> str:
    shown = key if len(key) <= MAX_KEY_CHARS else key[:MAX_KEY_CHARS] + "..."
    # Escaped to ASCII: a lone surrogate, which JSON can spell, could not be sent back.
    return json.dumps(shown)


def _message(detail: Mapping[str, Any]) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    template = _MESSAGES.get(kind)
    if template is not None:
        return template.format_map(context)
    said: str = detail["msg"]
    return said.removeprefix("Value error, ").replace("Input should", "must", 1)
