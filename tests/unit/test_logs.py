"""Logs: one JSON object per line, with the request id and without a report's text."""

import json
import logging
from typing import Any

import pytest

from deployments.logs import (
    LOGGERS,
    JsonFormatter,
    configure_logging,
    is_safe_request_id,
    request_id_context,
)

SECRET = "what the customer wrote"


def formatted(record: logging.LogRecord) -> dict[str, Any]:
    line = JsonFormatter().format(record)
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def record_of(message: str, **extra: Any) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "deployments.x", "levelname": "INFO", "msg": message, **extra}
    )


def test_a_line_has_its_fields_and_the_request_id() -> None:
    with request_id_context("r-1"):
        line = formatted(record_of("two\nlines", fields={"status": 200}, created=0.5))
    assert line == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "INFO",
        "logger": "deployments.x",
        "message": "two\nlines",
        "request_id": "r-1",
        "status": 200,
    }
    assert "request_id" not in formatted(record_of("outside"))


def test_an_exception_is_shown_without_its_message() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        line = formatted(record_of("failed", exc_info=(type(error), error, error.__traceback__)))
    assert "builtins.ValueError" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert SECRET not in json.dumps(line)


def test_configuring_twice_logs_once() -> None:
    configure_logging("INFO")
    configure_logging("WARNING")
    for name in LOGGERS:
        assert len(logging.getLogger(name).handlers) == 1
        assert logging.getLogger(name).level == logging.WARNING


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        pytest.param("4bf92f35-77b3.4da6:A_z", True, id="plain"),
        pytest.param("", False, id="empty"),
        pytest.param("x" * 129, False, id="long"),
        pytest.param("a b", False, id="space"),
        pytest.param('"}{"', False, id="json"),
        pytest.param("a\n", False, id="newline"),
        pytest.param("é", False, id="not-ascii"),
    ],
)
def test_safe_request_ids(value: str, safe: bool) -> None:
    assert is_safe_request_id(value) is safe
