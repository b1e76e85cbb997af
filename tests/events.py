"""Sentry events for tests."""

from typing import Any

from training.importers.sentry_event import read_event
from training.importers.sentry_trace import trace_of


def frame(function: str, file: str, line: int, **more: Any) -> dict[str, Any]:
    """One call, as SDKs send it."""
    return {"function": function, "abs_path": file, "filename": file, "lineno": line, **more}


def raised(name: str, value: str, *frames: Any, **more: Any) -> dict[str, Any]:
    """An exception with its frames, the call that raised it last."""
    return {"type": name, "value": value, "stacktrace": {"frames": list(frames)}, **more}


def trace(platform: str | None, *exceptions: Any, **more: Any) -> str:
    """The stack trace of an event with these exceptions, the root cause first."""
    event = {"platform": platform, "exception": {"values": list(exceptions)}, **more}
    return trace_of(read_event(event))
