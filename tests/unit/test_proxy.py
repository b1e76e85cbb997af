"""What the proxy does with a client's headers."""

import pytest
from starlette.middleware import Middleware
from starlette.types import Message, Receive, Scope, Send

from deployments.proxy import TrustedHeadersMiddleware, middlewares


async def headers_behind(given: list[tuple[bytes, bytes]], kind: str = "http") -> object:
    seen: list[object] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["headers"])

    async def receive() -> Message:
        raise AssertionError("nobody reads")

    async def send(_message: Message) -> None:
        raise AssertionError("nobody answers")

    await TrustedHeadersMiddleware(app)({"type": kind, "headers": given}, receive, send)
    return seen.pop()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"x-request-timeout-seconds", id="timeout"),
        pytest.param(b"x-request-disconnect-disabled", id="disconnect"),
    ],
)
async def test_overrides_are_dropped(name: bytes) -> None:
    kept = (b"content-type", b"application/json")
    assert await headers_behind([kept, (name, b"0")]) == [kept]


async def test_only_a_safe_request_id_passes() -> None:
    assert await headers_behind([(b"x-request-id", b"a-1")]) == [(b"x-request-id", b"a-1")]
    assert await headers_behind([(b"x-request-id", b"a 1")]) == []


async def test_what_is_not_http_passes_as_it_is() -> None:
    header = (b"x-request-timeout-seconds", b"0")
    assert await headers_behind([header], kind="websocket") == [header]


def test_the_callback_gives_what_serve_asks_for() -> None:
    (middleware,) = middlewares()
    assert isinstance(middleware, Middleware)
    assert "TrustedHeadersMiddleware" in repr(middleware)
