"""The examples and the error answers of the OpenAPI document."""

from typing import Any

from deployments.event_stream import encode_event
from schemas.errors import (
    BodyTooLarge,
    InvalidReport,
    MalformedJson,
    NotReady,
    QueueFull,
    RequestTimeout,
    SummarizerError,
    UnsupportedMedia,
)
from schemas.problem import MEDIA_TYPE, FieldProblem
from schemas.service import FieldEvent

REPORT = {
    "id": "report-123",
    "input": {
        "description": "Exporting the board as PDF fails.\n\nAfter I press Export, the spinner "
        "turns for about a minute and then the page goes blank. I expected the PDF to be "
        "downloaded.",
        "stacktrace_text": "TypeError: Cannot read properties of undefined (reading 'pages')\n"
        "    at renderPdf (https://app.example.com/assets/export.js:214:31)\n"
        "    at async exportBoard (https://app.example.com/assets/board.js:88:5)",
        "env": {"os": "macOS", "browser": "Chrome", "browserVersion": "119.0"},
        "image_paths": [],
    },
}
SENTENCE = {"id": "report-124", "input": {"description": "The login page stays white on iOS 17."}}
ANSWER: dict[str, Any] = {
    "id": "report-123",
    "summary": {
        "environment": "OS: macOS, Browser: Chrome 119.0",
        "actualBehavior": "After I press Export, the spinner turns for about a minute and then the "
        "page goes blank.",
        "expectedBehavior": "I expected the PDF to be downloaded.",
        "bugCategory": "functional",
        "suggestedSolution": "Start at renderPdf (https://app.example.com/assets/export.js:214), "
        "where TypeError: Cannot read properties of undefined (reading 'pages') was raised. Check "
        "what is null or not set, and why.",
    },
    "model": {"name": "bug-summarizer-minilm", "version": "0.2.0"},
    "timestamp": "2025-11-06T16:30:00.000Z",
}
FAILED = {
    "id": "report-124",
    "problem": InvalidReport(
        "One field is invalid.",
        (
            FieldProblem(
                path="reports[1].input.env.os", code="string_type", message="must be a string"
            ),
        ),
    )
    .to_problem()
    .model_dump(mode="json"),
}
STREAM = "".join(
    encode_event(name, data).decode()
    for name, data in (
        *(
            ("field", {"id": ANSWER["id"], "field": field, "text": text})
            for field, text in ANSWER["summary"].items()
        ),
        ("summary", ANSWER),
    )
)
REPORT_EXAMPLES = {
    "full": {"summary": "Text, stack trace and environment", "value": REPORT},
    "sentence": {"summary": "One sentence", "value": SENTENCE},
}
BATCH_EXAMPLES = {
    "two": {"summary": "Two reports", "value": {"reports": [REPORT, SENTENCE]}},
}

_ERRORS: tuple[tuple[SummarizerError, str], ...] = (
    (MalformedJson("The body is not JSON: Expecting value at character 11."), "No JSON."),
    (BodyTooLarge("The body is longer than 8388608 bytes; send less at once."), "Too long a body."),
    (
        UnsupportedMedia("The body must be JSON: send Content-Type: application/json."),
        "A body of another media type.",
    ),
    (
        InvalidReport(
            "One field is invalid.",
            (FieldProblem(path="input.env.os", code="string_type", message="must be a string"),),
        ),
        "A field breaks its contract; `errors` names each one.",
    ),
    (
        QueueFull("128 reports are waiting, which is as many as may wait. Try again in 3 s.", 3),
        "As many reports wait as may wait.",
    ),
    (
        SummarizerError("Something unexpected went wrong; the service's log says where."),
        "The model or the service failed.",
    ),
    (NotReady("The model is being loaded; try again in a moment."), "No inference has worked yet."),
    (
        RequestTimeout("The answer took longer than 60 s; send a shorter report or try later."),
        "The answer took too long.",
    ),
)
_FIELD_EVENT = FieldEvent.model_json_schema(ref_template="#/components/schemas/{model}")
# The document has these among its own.
del _FIELD_EVENT["$defs"]
_EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("field", _FIELD_EVENT),
    ("summary", {"$ref": "#/components/schemas/InferenceResponse"}),
    ("error", {"$ref": "#/components/schemas/Problem"}),
)
_CACHE_STATUS = {
    "Cache-Status": {
        "description": "How the answer came about (RFC 9211): `hit`, `fwd=miss` (with `collapsed` "
        "if it was that of an identical report under way), `fwd=request` or `fwd=bypass`.",
        "schema": {"type": "string"},
    }
}


def example_answer(value: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """The example of a route's 200."""
    return {200: {"content": {"application/json": {"example": value}}, "headers": _CACHE_STATUS}}


def example_stream() -> dict[int | str, dict[str, Any]]:
    """The example of a stream's 200, and what each of its events is like."""
    content = {"itemSchema": {"oneOf": [_event(*each) for each in _EVENTS]}, "example": STREAM}
    answer = {"description": "The events.", "content": {"text/event-stream": content}}
    return {200: {**answer, "headers": _CACHE_STATUS}}


def _event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {
            "event": {"const": name},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": data,
            },
        },
    }


def error_answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of the error answers of a route."""
    answers: dict[int | str, dict[str, Any]] = {}
    for error, description in _ERRORS:
        if error.status not in statuses:
            continue
        answer: dict[str, Any] = {
            "description": description,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": error.to_problem().model_dump(mode="json"),
                }
            },
        }
        if isinstance(error, QueueFull):
            answer["headers"] = {
                "Retry-After": {
                    "description": "Seconds until the queue will have room.",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
        answers[error.status] = answer
    return answers
