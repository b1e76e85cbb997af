"""Logs: one JSON object per line, with the request id. A report's text never stands in one."""

import json
import logging
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from summarizer.failure import describe

REQUEST_ID_HEADER = "X-Request-ID"
LOGGERS = ("deployments", "summarizer")
QUIET_PATHS = frozenset({"/health", "/ready"})
"""Asked every few seconds by whoever watches the service."""

CLIENT_GONE = 499
MAX_PATH_CHARS = 200
_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """Formats a record, and the mapping in its `fields` attribute, as one JSON object.

    An exception is shown by its type and its places in the code, without its message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = _request_id.get()
        if request_id is not None:
            line["request_id"] = request_id
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class _JsonHandler(logging.StreamHandler[Any]):
    """Known by its type, so that configuring twice does not log twice."""


def configure_logging(level: str) -> None:
    """Send the project's logs to standard error as JSON, and leave all others alone."""
    for name in LOGGERS:
        ours = logging.getLogger(name)
        ours.setLevel(level)
        ours.propagate = False
        if not any(isinstance(handler, _JsonHandler) for handler in ours.handlers):
            handler = _JsonHandler()
            handler.setFormatter(JsonFormatter())
            ours.addHandler(handler)


@contextmanager
def request_id_context(request_id: str) -> Iterator[None]:
    """Give what is logged inside the id of a request."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def is_safe_request_id(value: str) -> bool:
    """Whether a client's id can stand in logs and headers as it is."""
    return _SAFE_ID.fullmatch(value) is not None


class RequestLogMiddleware:
    """Gives every request an id and logs its end. A pure ASGI middleware, the outermost one.

    The id is the client's `X-Request-ID` where that is safe, else a new one; it is put into
    `scope["state"]["request_id"]` and, unless a proxy does so already, into the answer. A route
    adds to the log line by `scope["state"]["log_fields"]`.
    """

    def __init__(self, app: ASGIApp, sends_request_id: bool = True) -> None:
        self._app = app
        self._sends_request_id = sends_request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app with a request id and log how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = given if is_safe_request_id(given) else uuid.uuid4().hex
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["log_fields"] = {}
        started = time.perf_counter()
        status = CLIENT_GONE

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._sends_request_id:
                    MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        with request_id_context(request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                _log_end(scope, status, time.perf_counter() - started)


def _log_end(scope: Scope, status: int, duration_s: float) -> None:
    path = scope["path"][:MAX_PATH_CHARS]
    fields = {
        "method": scope["method"],
        "path": path,
        "status": status,
        "duration_ms": round(duration_s * 1000, 1),
        **scope["state"]["log_fields"],
    }
    level = logging.DEBUG if path in QUIET_PATHS and status < 400 else logging.INFO
    logger.log(level, "%s %s %d", scope["method"], path, status, extra={"fields": fields})
