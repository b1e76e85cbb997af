"""Waiting for what happens elsewhere, with a deadline instead of a fixed sleep."""

import asyncio
import threading
import time
from collections.abc import Callable

DEADLINE_S = 20.0


async def eventually(condition: Callable[[], bool], within_s: float = DEADLINE_S) -> None:
    """Let the event loop turn until the condition holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


def eventually_blocking(condition: Callable[[], bool], within_s: float = DEADLINE_S) -> None:
    """The same where no event loop runs."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.05)
