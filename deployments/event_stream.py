"""The answer to one report as server-sent events, whose work ends when the client leaves."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from deployments import problems
from deployments.disconnect import ClientGoneError, unless_gone
from deployments.reports import ReportStream
from schemas.errors import SummarizerError
from schemas.service import FieldEvent
from schemas.summary import InferenceResponse

MEDIA_TYPE = "text/event-stream"


class EventStreamResponse(StreamingResponse):
    """Sends a report's fields as the events `field` and the whole answer as the event `summary`.

    `first` has been waited for: what fails before it is answered with a status. What fails later is
    the event `error`, and its data the problem.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        first: FieldEvent | InferenceResponse,
        rest: ReportStream,
        headers: Mapping[str, str],
    ) -> None:
        # The last header asks nginx not to wait for the end.
        headers = {**headers, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_events(first, rest), headers=headers)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; a client that leaves ends the work at once, also between two events."""
        try:
            await unless_gone(receive, self.stream_response(send))
        except ClientGoneError:
            scope["state"]["log_fields"]["client_gone"] = True
        finally:
            await self._rest.aclose()


def encode_event(name: str, data: Mapping[str, Any]) -> bytes:
    """An event as it is sent; JSON as it is written here has no line breaks."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


async def _events(
    first: FieldEvent | InferenceResponse, rest: ReportStream
) -> AsyncIterator[bytes]:
    yield _event_of(first)
    try:
        async for _, item in rest:
            yield _event_of(item)
    except SummarizerError as error:
        failure = error
    except Exception as error:  # noqa: BLE001 - `unexpected` logs it
        failure = problems.unexpected(error)
    else:
        return
    yield encode_event("error", failure.to_problem().model_dump(mode="json"))


def _event_of(item: FieldEvent | InferenceResponse) -> bytes:
    return encode_event("field" if isinstance(item, FieldEvent) else "summary", item.to_wire())
