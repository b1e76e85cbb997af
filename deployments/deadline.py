"""The time that a request has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schemas.errors import RequestTimeout


class Deadline:
    """Ends a number of seconds from now, in the time of the running event loop."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._at = asyncio.get_running_loop().time() + timeout_s

    @property
    def left_s(self) -> float:
        """Seconds until it ends; 0 where it has ended."""
        return max(0.0, self._at - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Run the block until then, and raise RequestTimeout.

        It must not be held across a `yield`, behind which another task may go on.
        """
        limit = asyncio.timeout_at(self._at)
        try:
            async with limit:
                yield
        except RequestTimeout:
            # Whoever did the work was given what was left of the time, and would name that.
            raise self._error() from None
        except TimeoutError:
            if not limit.expired():
                raise
            raise self._error() from None

    def _error(self) -> RequestTimeout:
        return RequestTimeout(
            f"The answer took longer than {self._timeout_s:g} s; send a shorter report or try "
            "again later."
        )
