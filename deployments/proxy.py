"""What Serve's proxy does with a request before anything else.

The environment variable `RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=deployments.proxy:middlewares`
names it. It must be set where the Ray node is started (`make serve`, the container and the Ray
pods do so), because the proxy reads it when it starts. Without it the service works as well, but
a client can switch its own time limit off.
"""

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.logs import REQUEST_ID_HEADER, is_safe_request_id

OVERRIDES = frozenset({b"x-request-timeout-seconds", b"x-request-disconnect-disabled"})
"""Headers by which Serve lets a client change how the server treats it."""


class TrustedHeadersMiddleware:
    """Drops headers that are not the client's to set. A pure ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app without the headers, and without a request id that is not safe to log."""
        if scope["type"] == "http":
            dropped = OVERRIDES
            if not is_safe_request_id(Headers(scope=scope).get(REQUEST_ID_HEADER, "")):
                dropped |= {REQUEST_ID_HEADER.lower().encode()}
            kept = [(name, value) for name, value in scope["headers"] if name not in dropped]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, send)


def middlewares() -> list[Middleware]:
    """What Serve's proxy calls when it starts."""
    return [Middleware(TrustedHeadersMiddleware)]
