"""Follows a run's file of events while it is written, and tells those who want to know."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from training.learning.events import EventReader
from training.tracking.sink import Sink

POLL_S = 0.25


class Follower:
    """A thread that hands new events to sinks, from when it is entered until it is left.

    A sink that raises is told nothing more, and `on_failure` is told why; the run goes on.
    """

    def __init__(
        self, events: Path, sinks: Sequence[Sink], on_failure: Callable[[str], None] = print
    ) -> None:
        # What an earlier attempt has written was followed then.
        self._reader = EventReader(events, from_end=True)
        self._sinks = list(sinks)
        self._on_failure = on_failure
        self._over = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._failed = error is not None
        self._over.set()
        self._thread.join()

    def _follow(self) -> None:
        try:
            while not self._over.wait(POLL_S):
                self._tell()
            self._tell()
        finally:
            for sink in list(self._sinks):
                self._guarded(sink, partial(sink.close, failed=self._failed))

    def _tell(self) -> None:
        for event in self._reader.new():
            for sink in list(self._sinks):
                self._guarded(sink, partial(sink.take, event))

    def _guarded(self, sink: Sink, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever a tracker raises, the run is worth more
            self._sinks = [one for one in self._sinks if one is not sink]
            self._on_failure(
                f"{type(sink).__name__} is told nothing more of this run ({type(error).__name__}); "
                "every step stands in events.jsonl"
            )
