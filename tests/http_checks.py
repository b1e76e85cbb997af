"""What tests over HTTP send and expect."""

import json
import re
from typing import Any

import httpx

from schemas.problem import MEDIA_TYPE


def report(text: str = "it broke", **parts: Any) -> dict[str, Any]:
    """A request with a description and other parts of the input."""
    return {"id": "r-1", "input": {"description": text, **parts}}


def problem_of(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem details of an answer, checked to be of a status and a type."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"] == (slug if slug == "about:blank" else f"urn:bug-summarizer:{slug}")
    return problem


_EVENT = re.compile(r"event: (\w+)\ndata: ([^\n]*)\n\n")


def events_of(stream: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, checked to be nothing but whole events: each its name and data."""
    found = [(match[1], json.loads(match[2])) for match in _EVENT.finditer(stream)]
    assert _EVENT.sub("", stream) == ""
    return found
