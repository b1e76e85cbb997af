"""The thread that owns the engine, and the queue in front of it.

While there is work the thread runs on: the event loop is told, and never waited for. It takes
reports in when it is free and not before, so what arrives during a run makes the next admission;
no timer waits for company.
"""

import logging
import math
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from schemas.errors import ModelUnhealthy, NotReady, RequestTimeout
from summarizer.engine import Engine, PreparedReport
from summarizer.failure import describe
from summarizer.live import Event, LiveReports, Prepared
from summarizer.metrics import Metrics, Name
from summarizer.scheduler import Entry, Limits, Scheduler

WAITED_TOO_LONG = (
    "The report waited for as long as its answer may take and was not started; try again later."
)

logger = logging.getLogger(__name__)

P = TypeVar("P", bound=PreparedReport)


class ModelThread(Generic[P]):
    """Takes reports in, decodes them step by step and says what became of them.

    The methods are for other threads. `deliver` and `fail_all` are called on the model's:
    the first with what became known in a turn, the second where a bug ends the thread.
    """

    def __init__(
        self,
        engine: Engine[P],
        limits: Limits,
        metrics: Metrics,
        clock: Callable[[], float],
        deliver: Callable[[Sequence[Event]], None],
        fail_all: Callable[[], None],
        longest_turn_s: float,
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._deliver = deliver
        self._fail_all = fail_all
        self._longest_turn_s = longest_turn_s
        self._turn_began: float | None = None
        limits = limits.within(engine.most_at_once)
        self._live = LiveReports(engine, limits, metrics, clock)
        self._changed = threading.Condition()
        """Guards all below, and tells the thread that there is work or an end."""
        self._scheduler: Scheduler[Prepared[P]] = Scheduler(limits)
        self._left: set[int] = set()
        self._stopping = False
        self._died = False
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """How many reports have a place and do not run yet."""
        return len(self._scheduler)

    @property
    def retry_after_s(self) -> int:
        """How long the queue takes at the recent rate, at least a second."""
        return max(1, math.ceil(self.waiting * (self._live.seconds_per_report or 0.0)))

    def check_health(self) -> None:
        """Raise ModelUnhealthy where the model keeps failing, is stuck, or nothing runs it."""
        if self._died:
            raise model_ended()
        if not self._live.is_healthy:
            raise ModelUnhealthy("The model fails again and again; the service's log says where.")
        began = self._turn_began
        if began is not None and self._clock() - began > self._longest_turn_s:
            raise ModelUnhealthy("The model does not come back from what it has begun.")

    def join(self) -> int:
        """Take a place in the queue. Raises QueueFull, and NotReady where nothing will run."""
        with self._changed:
            self._check_running()
            ticket = self._scheduler.join()
            self._show_depth()
        return ticket

    def ready(self, ticket: int, report: Prepared[P]) -> None:
        """Say that a report can run; one that has left does not. Raises NotReady as `join` does."""
        tokens = report.content.token_count
        with self._changed:
            self._check_running()
            try:
                self._scheduler.ready(ticket, report, tokens)
            except KeyError:
                return
            if self._thread is None:
                # A daemon, so that a service that is not closed can end all the same.
                self._thread = threading.Thread(target=self._run, name="model", daemon=True)
                self._thread.start()
            self._changed.notify()

    def leave(self, ticket: int) -> bool:
        """Give a report up. True where it had not started; else it leaves at the next step."""
        with self._changed:
            if self._scheduler.leave(ticket):
                self._show_depth()
                return True
            self._left.add(ticket)
            self._changed.notify()
            return False

    def stop(self) -> list[int]:
        """Take in no more, and end after what runs. Returns who waited."""
        with self._changed:
            self._stopping = True
            waited = [entry.ticket for entry in self._scheduler.clear()]
            self._show_depth()
            self._changed.notify()
        return waited

    def abandon(self) -> None:
        """Stop, and let what runs leave: nobody is there to be answered."""
        self.stop()
        with self._changed:
            self._left.update(self._live.tickets)

    def join_thread(self) -> None:
        """Return once the thread has ended."""
        if self._thread is not None:
            self._thread.join()

    def _check_running(self) -> None:
        if self._died:
            raise model_ended()
        if self._stopping:
            raise closing()

    def _run(self) -> None:
        try:
            while self._has_work():
                self._turn_began = self._clock()
                self._turn()
                self._turn_began = None
        except BaseException as error:  # noqa: BLE001 - a bug, after which nothing runs
            # Without exc_info, whose messages may quote the reports.
            logger.critical("The model's thread has ended\n%s", describe(error))
            with self._changed:
                self._died = True
                self._scheduler.clear()
            self._fail_all()

    def _has_work(self) -> bool:
        """Wait for work. False where there will be none."""
        with self._changed:
            while not (self._left or len(self._live) or self._scheduler.has_ready):
                if self._stopping:
                    return False
                self._changed.wait()
            return True

    def _turn(self) -> None:
        """Let reports leave and join, and do one step of those that run."""
        with self._changed:
            left, self._left = self._left, set()
        self._live.drop(left)
        batch, events = self._take()
        if batch:
            events += self._live.admit(batch, self._has_left)
        events += self._live.step()
        if events:
            self._deliver(events)

    def _take(self) -> tuple[list[Entry[Prepared[P]]], list[Event]]:
        """Who is admitted now, and what is said to those whose time is up."""
        with self._changed:
            taken = self._scheduler.take(self._live.free_slots, self._live.free_tokens)
            if not taken:
                return [], []
            self._show_depth()
        now = self._clock()
        batch = [entry for entry in taken if now < entry.item.deadline]
        if len(batch) == len(taken):
            return batch, []
        late = [entry.ticket for entry in taken if entry.item.deadline <= now]
        self._metrics.count(Name.REJECTIONS, len(late), reason="timeout")
        return batch, [(ticket, RequestTimeout(WAITED_TOO_LONG)) for ticket in late]

    def _has_left(self, ticket: int) -> bool:
        return ticket in self._left

    def _show_depth(self) -> None:
        self._metrics.gauge(Name.QUEUE_DEPTH, len(self._scheduler))


def model_ended() -> ModelUnhealthy:
    """What everyone is told whose report nothing runs any more."""
    return ModelUnhealthy("What runs the model has ended; the service's log says where.")


def closing() -> NotReady:
    """What those are told who wait, or come, when the service ends."""
    return NotReady("The service is shutting down or changing its model; try again in a moment.")
