"""From single reports to the running decode loop and back: the async side of the engine.

A report is prepared on a thread of its own, handed from there to the model's thread, and what the
model says comes straight back: one report crosses three threads and the event loop once.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from schemas.errors import (
    ModelFailed,
    ModelUnhealthy,
    NotReady,
    QueueFull,
    RequestTimeout,
    SummarizerError,
)
from schemas.report import ReportInput
from schemas.summary import Details, Summary
from summarizer.answer import Answers, FieldAnswer
from summarizer.engine import Engine, PreparedReport, Progress
from summarizer.failure import describe
from summarizer.live import Event, Prepared, as_failure
from summarizer.metrics import NO_METRICS, Metrics, Name
from summarizer.model_thread import ModelThread, closing, model_ended
from summarizer.scheduler import Limits

OnField = Callable[[FieldAnswer], None]

logger = logging.getLogger(__name__)

P = TypeVar("P", bound=PreparedReport)


class EngineLoop(Generic[P]):
    """Summarizes reports with an engine. Lives on one event loop.

    An admission and a step that together last longer than `longest_turn_s` are taken to be stuck.
    """

    def __init__(
        self,
        engine: Engine[P],
        limits: Limits,
        metrics: Metrics = NO_METRICS,
        clock: Callable[[], float] = time.perf_counter,
        longest_turn_s: float = math.inf,
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._clock = clock
        self._model_thread = ModelThread(
            engine, limits, metrics, clock, self._post, self._post_the_end, longest_turn_s
        )
        self._report_thread = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._loop: asyncio.AbstractEventLoop
        """Where the reports come from; known from the first one on."""
        # An error is put in as an object and not set as a future's exception: asyncio logs one
        # that nobody fetched with its message, and its cause's message may hold a report's text.
        self._mail: dict[int, asyncio.Queue[Progress | SummarizerError]] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """How many reports have a place and do not run yet."""
        return self._model_thread.waiting

    def check_health(self) -> None:
        """Raise ModelUnhealthy where the model keeps failing, is stuck, or nothing runs it."""
        self._model_thread.check_health()

    async def summarize(
        self,
        report: ReportInput,
        timeout_s: float | None = None,
        on_field: OnField | None = None,
    ) -> tuple[Summary, Details]:
        """Answer one report.

        `on_field` is called on the event loop with each of the five fields, once, as soon as its
        answer is final; what it raises ends the report and is raised here. Cancelling gives the
        report up: one that waits never runs, and one that runs leaves at the next step.

        Raises:
            QueueFull: as many reports wait as may wait.
            RequestTimeout: there was no answer after `timeout_s`; the report is given up.
            ModelFailed: the engine raised on this report; the cause is chained and logged.
            NotReady: the loop is closed, or as ModelUnhealthy, what runs the model has ended.
        """
        self._loop = asyncio.get_running_loop()
        ticket = self._join()
        outcome = "cancelled"
        try:
            answer = await self._answer_in_time(ticket, report, timeout_s, on_field)
            outcome = "answered"
        except SummarizerError as error:
            outcome = _outcome(error)
            if isinstance(error, ModelFailed):
                # Without exc_info, whose messages may quote the report.
                logger.error("The model failed on a report\n%s", describe(error))  # noqa: TRY400
            raise
        else:
            return answer
        finally:
            self._leave(ticket, outcome)

    async def close(self) -> None:
        """Let what runs end, fail the reports that wait, and end the threads."""
        self._hand_out([(ticket, closing()) for ticket in self._model_thread.stop()])
        await self._idle.wait()
        await asyncio.to_thread(self._model_thread.join_thread)
        await asyncio.to_thread(self._report_thread.shutdown)

    def _join(self) -> int:
        try:
            ticket = self._model_thread.join()
        except QueueFull as full:
            self._metrics.count(Name.REJECTIONS, reason="queue_full")
            retry_after_s = self._model_thread.retry_after_s
            detail = f"{full.detail} Try again in {retry_after_s} s."
            raise QueueFull(detail, retry_after_s) from None
        except NotReady as error:
            self._metrics.count(Name.REJECTIONS, reason=_outcome(error))
            raise
        self._mail[ticket] = asyncio.Queue()
        self._idle.clear()
        return ticket

    def _leave(self, ticket: int, outcome: str) -> None:
        del self._mail[ticket]
        if not self._mail:
            self._idle.set()
        self._metrics.count(Name.REPORTS, outcome=outcome)
        if outcome == "answered":
            return
        never_started = self._model_thread.leave(ticket)
        if outcome == "cancelled":
            self._metrics.count(Name.CANCELLATIONS)
        elif outcome in {"closing", "unhealthy"} or (outcome == "timeout" and never_started):
            self._metrics.count(Name.REJECTIONS, reason=outcome)

    async def _answer_in_time(
        self,
        ticket: int,
        report: ReportInput,
        timeout_s: float | None,
        on_field: OnField | None,
    ) -> tuple[Summary, Details]:
        limit = asyncio.timeout(timeout_s)
        joined_at = self._clock()
        deadline = math.inf if timeout_s is None else joined_at + timeout_s
        try:
            async with limit:
                work = self._report_thread.submit(
                    self._prepare, ticket, report, joined_at, deadline
                )
                try:
                    return await self._answer(ticket, report, on_field)
                finally:
                    # Whoever left before its turn needs no preparing.
                    work.cancel()
        except TimeoutError:
            if not limit.expired():
                raise
        raise RequestTimeout(
            f"The answer took longer than {timeout_s:g} s; send a shorter report or try again "
            "later."
        )

    async def _answer(
        self, ticket: int, report: ReportInput, on_field: OnField | None
    ) -> tuple[Summary, Details]:
        mail = self._mail[ticket]
        answers = Answers(report, self._engine.manifest)
        _tell(on_field, answers.begin())
        while True:
            said = await mail.get()
            if isinstance(said, SummarizerError):
                raise said
            final = await self._final(answers, said)
            _tell(on_field, final)
            if said.done:
                return answers.whole()

    async def _final(self, answers: Answers, said: Progress) -> list[FieldAnswer]:
        """What is final now; an answer that breaks its contract is the model's failure."""
        try:
            if answers.takes_time(said.fields, done=said.done):
                return await asyncio.get_running_loop().run_in_executor(
                    self._report_thread, lambda: answers.add(said.fields, done=said.done)
                )
            return answers.add(said.fields, done=said.done)
        except Exception as error:
            raise as_failure(error) from error

    def _prepare(self, ticket: int, report: ReportInput, joined_at: float, deadline: float) -> None:
        """Prepare a report on the report thread; what that raises is this report's failure."""
        try:
            content = self._engine.prepare(report)
            self._model_thread.ready(ticket, Prepared(content, joined_at, deadline))
        except Exception as error:  # noqa: BLE001 - it becomes the outcome of its report
            failure = as_failure(error)
            if isinstance(failure, ModelFailed):
                self._metrics.count(Name.FAILURES, stage="prepare")
            self._post([(ticket, failure)])

    def _post(self, events: Sequence[Event]) -> None:
        """Hand events out on the event loop, from any thread."""
        self._on_the_loop(lambda: self._hand_out(events))

    def _post_the_end(self) -> None:
        """Fail all the reports there are, from any thread."""
        self._on_the_loop(
            lambda: self._hand_out([(ticket, model_ended()) for ticket in self._mail])
        )

    def _on_the_loop(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            # Whoever asked has ended with the event loop.
            self._model_thread.abandon()

    def _hand_out(self, events: Sequence[Event]) -> None:
        for ticket, event in events:
            mail = self._mail.get(ticket)
            if mail is not None:
                mail.put_nowait(event)


def _tell(on_field: OnField | None, answers: Sequence[FieldAnswer]) -> None:
    if on_field is not None:
        for answer in answers:
            on_field(answer)


def _outcome(error: SummarizerError) -> str:
    """What the metrics call the end of a report."""
    if isinstance(error, RequestTimeout):
        return "timeout"
    if isinstance(error, ModelFailed):
        return "failed"
    if isinstance(error, NotReady):
        return "unhealthy" if isinstance(error, ModelUnhealthy) else "closing"
    return "invalid"
