"""Routes that read plain JSON and say so, where FastAPI would call a form a malformed field."""

from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from schemas.errors import UnsupportedMedia


class JsonRoute(APIRoute):
    """A route with a JSON body; other bodies are refused before they are looked at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind the checks of media type and encoding."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            if not is_json(request.headers.get("content-type", "")):
                raise UnsupportedMedia(
                    "The body must be JSON: send Content-Type: application/json."
                )
            if request.headers.get("content-encoding", "identity").lower() != "identity":
                raise UnsupportedMedia(
                    "The body must not be compressed: send it without Content-Encoding."
                )
            return await handle(request)

        return checked


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is `application/json` or `application/*+json`, with any parameters."""
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )
