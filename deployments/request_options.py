"""What a client may ask for beside the report: details, less time, and what the cache may do."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Query

from deployments.cache import CacheUse

TIMEOUT_HEADER = "X-Request-Timeout-S"
"""Not Serve's own x-request-timeout-seconds, which could switch the limit off."""


MIN_TIMEOUT_S = 0.001
"""Nothing is answered in less."""

NO_LIMIT_S = 86_400.0
"""A day: what a request without the header asks for."""


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """The wishes of one request."""

    details: bool
    timeout_s: float
    cache_use: CacheUse


async def request_options(
    details: Annotated[
        bool,
        Query(
            description="Add per field its confidence, its origin and where it stands in the "
            "request."
        ),
    ] = False,
    timeout_s: Annotated[
        float,
        Header(
            alias=TIMEOUT_HEADER,
            ge=MIN_TIMEOUT_S,
            allow_inf_nan=False,
            description="Seconds after which the answer is of no use: less than the service's own "
            "limit, which holds where this is greater.",
        ),
    ] = NO_LIMIT_S,
    cache_control: Annotated[
        str,
        Header(
            description="`no-cache` computes the answer anew and keeps it; `no-store` takes "
            "nothing from the cache and leaves nothing in it."
        ),
    ] = "",
) -> RequestOptions:
    """A dependency of the routes. A coroutine, since FastAPI runs a function on another thread."""
    return RequestOptions(details, timeout_s, CacheUse.of(cache_control))
