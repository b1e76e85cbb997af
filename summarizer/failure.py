"""A traceback that can stand in a log: the messages of foreign exceptions are left out.

A library's exception may quote what it was given, so its message may hold a report's text. The
types and the places in the code are kept; so are the messages of this project's own exceptions,
which never hold any.
"""

import traceback

from schemas.errors import SummarizerError


def describe(error: BaseException) -> str:
    """The traceback of an exception and of what caused it, the root cause first."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        parts.append(_describe_one(current))
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\nwhich led to\n".join(reversed(parts))


def _describe_one(error: BaseException) -> str:
    places = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    message = f": {error.detail}" if isinstance(error, SummarizerError) else ""
    inner = ""
    if isinstance(error, BaseExceptionGroup):
        inner = "".join(f"\nwith {describe(each)}" for each in error.exceptions)
    return f"{places}{kind}{message}{inner}"
