"""Refuses at the door while the replicas are full, without asking them each time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemas.errors import QueueFull
from summarizer.metrics import Metrics, Name

REPEATED_FOR_S = 1.0
"""So long after a replica's refusal, at most, it is given to others; then they are asked anew."""


class BackPressure:
    """Counts the requests that are with the replicas, and repeats a replica's refusal.

    A request that finds as many with the replicas as there were when one refused would be refused
    too. The way there and back through Ray would be taken from the model, which shares the cores.
    Lives on one event loop.
    """

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._asking = 0
        self._refusal: QueueFull | None = None
        self._refused_at = 0.0
        self._full_at = 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Surrounds a request to a replica. Raises QueueFull in place of asking, or as it did."""
        is_recent = self._clock() < self._refused_at + REPEATED_FOR_S
        if self._refusal is not None and is_recent and self._asking >= self._full_at:
            self._metrics.count(Name.REJECTIONS, reason="queue_full")
            raise QueueFull(self._refusal.detail, self._refusal.retry_after_s)
        self._asking += 1
        try:
            yield
        except QueueFull as refusal:
            self._refusal = refusal
            self._refused_at = self._clock()
            # One may always ask: where others fill the replicas nothing here says when it is over.
            self._full_at = max(1, self._asking - 1)
            raise
        finally:
            self._asking -= 1
