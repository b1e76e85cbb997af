"""The reports that the model works on. It knows nothing of threads or of asyncio."""

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.errors import ModelFailed, SummarizerError
from summarizer.engine import Engine, PreparedReport, Progress
from summarizer.metrics import NO_METRICS, Metrics, Name
from summarizer.scheduler import Entry, Limits

MAX_FAILED_STEPS = 5
"""Admissions or steps that fail in a row before the model counts as unhealthy."""

MEASURED_FINISHES = 64
"""Runs in which reports were finished over which the rate is measured."""

MODEL_FAILED = "The model failed on this report; the service's log says where."

P = TypeVar("P", bound=PreparedReport)

Event = tuple[int, Progress | SummarizerError]
"""What became known of the report with a ticket; it is the last where it is an error or done."""


@dataclass(frozen=True, slots=True)
class Prepared(Generic[P]):
    """A report that can be admitted. The times are the clock's."""

    content: P
    joined_at: float
    deadline: float


class LiveReports(Generic[P]):
    """An engine and the reports in it, for one thread.

    A report is charged with the tokens that its admission was padded to, until it is finished,
    fails or is dropped.
    """

    def __init__(
        self,
        engine: Engine[P],
        limits: Limits,
        metrics: Metrics = NO_METRICS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self._tokens: dict[int, int] = {}
        self._busy_s = 0.0
        self._measured: deque[tuple[int, float]] = deque(maxlen=MEASURED_FINISHES)
        self._failed_admissions = 0
        self._failed_steps = 0
        self.seconds_per_report: float | None = None
        """Time in the model for each finished report of the recent past."""

    def __len__(self) -> int:
        return len(self._tokens)

    @property
    def tickets(self) -> list[int]:
        """Who runs."""
        return list(self._tokens)

    @property
    def free_slots(self) -> int:
        """How many reports may join."""
        return self._limits.max_batch_size - len(self._tokens)

    @property
    def free_tokens(self) -> int:
        """How many padded tokens may join; below zero while an oversized report runs."""
        return self._limits.max_batch_tokens - sum(self._tokens.values())

    @property
    def is_healthy(self) -> bool:
        """Whether the model has not failed again and again without a success."""
        return max(self._failed_admissions, self._failed_steps) < MAX_FAILED_STEPS

    def drop(self, tickets: Collection[int]) -> None:
        """Let reports leave, whatever has become of them."""
        known = [ticket for ticket in tickets if self._tokens.pop(ticket, None) is not None]
        if known:
            self._engine.drop(known)
            self._show(len(self._tokens))

    def admit(
        self, batch: Sequence[Entry[Prepared[P]]], has_left: Callable[[int], bool]
    ) -> list[Event]:
        """Let reports in together, and where that fails, one by one to find the culprit.

        Those that leave before their own attempt make none.
        """
        now = self._clock()
        for entry in batch:
            self._metrics.observe(Name.QUEUE_SECONDS, now - entry.item.joined_at)
        self._show(len(self._tokens) + len(batch))
        succeeded, events = self._try_to_admit(batch)
        if not succeeded and len(batch) > 1:
            events = []
            for entry in batch:
                if not has_left(entry.ticket):
                    alone, told = self._try_to_admit([entry])
                    succeeded |= alone
                    events += told
        self._failed_admissions = 0 if succeeded else self._failed_admissions + 1
        self._show(len(self._tokens))
        return events

    def step(self) -> list[Event]:
        """Do one decoder step, where something decodes; everything that runs fails with it."""
        if not self._engine.live_rows:
            return []
        started = self._clock()
        try:
            progress = self._engine.step()
        except Exception as error:  # noqa: BLE001 - it becomes the outcome of the reports
            self._busy_s += self._clock() - started
            return self._lose_all(error)
        seconds = self._clock() - started
        self._busy_s += seconds
        self._metrics.count(Name.DECODE_STEPS)
        self._metrics.observe(Name.DECODE_STEP_SECONDS, seconds)
        if not progress:
            return []
        return self._take_in(progress)

    def _try_to_admit(self, batch: Sequence[Entry[Prepared[P]]]) -> tuple[bool, list[Event]]:
        """Whether the engine took the reports, and what is known of them now."""
        started = self._clock()
        try:
            progress = self._engine.admit({entry.ticket: entry.item.content for entry in batch})
        except Exception as error:  # noqa: BLE001 - it becomes the outcome of the reports
            self._busy_s += self._clock() - started
            self._metrics.count(Name.FAILURES, stage="encode")
            return False, [(entry.ticket, as_failure(error)) for entry in batch]
        seconds = self._clock() - started
        self._busy_s += seconds
        tokens = sum(entry.tokens for entry in batch)
        longest = max(entry.tokens for entry in batch)
        padded = max(1, longest * len(batch))
        self._metrics.observe(Name.ENCODE_SECONDS, seconds)
        self._metrics.observe(Name.PADDING_SHARE, (padded - tokens) / padded)
        self._metrics.count(Name.ADMITTED_TOKENS, tokens)
        self._tokens.update((entry.ticket, longest) for entry in batch)
        return True, self._take_in(progress)

    def _take_in(self, progress: Sequence[Progress]) -> list[Event]:
        finished = [each.ticket for each in progress if each.done]
        for ticket in finished:
            self._tokens.pop(ticket, None)
        if finished:
            self._failed_steps = 0
            self._measure(len(finished))
        events: list[Event] = [(each.ticket, each) for each in progress]
        if self._tokens and not self._engine.live_rows:
            # No step will ever answer them.
            unanswered = f"the engine has left {len(self._tokens)} reports unanswered"
            events += self._lose_all(RuntimeError(unanswered))
        self._show(len(self._tokens))
        return events

    def _lose_all(self, error: Exception) -> list[Event]:
        self._failed_steps += 1
        self._metrics.count(Name.FAILURES, stage="decode")
        lost = self.tickets
        self.drop(lost)
        return [(ticket, as_failure(error)) for ticket in lost]

    def _measure(self, finished: int) -> None:
        self._measured.append((finished, self._busy_s))
        self._busy_s = 0.0
        reports = sum(count for count, _ in self._measured)
        self.seconds_per_report = sum(seconds for _, seconds in self._measured) / reports

    def _show(self, reports: int) -> None:
        self._metrics.gauge(Name.LIVE_REPORTS, reports)
        self._metrics.gauge(Name.BATCH_OCCUPANCY, reports / self._limits.max_batch_size)
        self._metrics.gauge(Name.LIVE_ROWS, self._engine.live_rows)


def as_failure(error: Exception) -> SummarizerError:
    """What a report is told of an exception that it has met."""
    if isinstance(error, SummarizerError):
        return error
    failure = ModelFailed(MODEL_FAILED)
    failure.__cause__ = error
    return failure
