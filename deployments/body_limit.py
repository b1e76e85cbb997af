"""Refuses bodies that are too large before anything parses them. A pure ASGI middleware."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import BodyTooLarge, SummarizerError

MAX_DRAINED_BYTES = 64 * 1024 * 1024
MAX_DRAIN_S = 5.0


class BodyLimitMiddleware:
    """Reads a body of at most `max_bytes` and hands it on in one piece; answers 413 above.

    A client that is still sending may not read an answer before it is done, and loses it where
    the connection is reset under its data. So the rest of the body is read and dropped, within
    bounds, before the answer is sent and the connection closed.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, respond: Callable[[SummarizerError], Response]
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body that is too large, or run the app with the whole body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            # Who asks before sending has nothing under way, and must not be told to go on.
            if headers.get("expect", "").lower() != "100-continue":
                await _drain(receive)
            await self._refuse(scope, receive, send)
            return
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            size += len(chunk)
            if size > self._max_bytes:
                chunks.clear()
                if more:
                    await _drain(receive)
                await self._refuse(scope, receive, send)
                return
            chunks.append(chunk)
            if not more:
                break
        await self._app(scope, _replay(b"".join(chunks), receive), send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._respond(
            BodyTooLarge(f"The body is longer than {self._max_bytes} bytes; send less at once.")
        )
        response.headers["connection"] = "close"
        await response(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once and then what the server has."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


async def _drain(receive: Receive) -> None:
    drained = 0
    try:
        async with asyncio.timeout(MAX_DRAIN_S):
            while drained <= MAX_DRAINED_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                drained += len(message.get("body", b""))
    except TimeoutError:
        # A slow sender gets its answer now.
        return
