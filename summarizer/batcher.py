"""From single reports to batches and back: the async side of the engine.

The model runs on one thread. A batch is cut when that thread is free and not before, so what
arrives while it is busy makes the next batch; no timer waits for company.
"""

import asyncio
import contextvars
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

from schemas.errors import ModelFailed, NotReady, QueueFull, SummarizerError
from schemas.report import ReportInput
from schemas.summary import Details, Summary
from summarizer.answer import assemble
from summarizer.engine import Engine, Prediction, PreparedReport
from summarizer.failure import describe
from summarizer.scheduler import Limits, Scheduler

MEASURED_BATCHES = 16
"""Batches over which the rate is measured that Retry-After is computed from."""

MODEL_FAILED = "The model failed on this report; the service's log says where."

logger = logging.getLogger(__name__)

P = TypeVar("P", bound=PreparedReport)
R = TypeVar("R")
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class _Job(Generic[P]):
    """A prepared report and where its outcome goes.

    An error is a result of the future and not its exception, because asyncio logs an exception
    that nobody fetched with its message, and its cause's message may hold a report's text.
    """

    prepared: P
    outcome: asyncio.Future[Prediction | SummarizerError]


class Batcher(Generic[P]):
    """Summarizes reports with an engine, in batches. Lives on one event loop."""

    def __init__(
        self,
        engine: Engine[P],
        limits: Limits,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._scheduler: Scheduler[_Job[P]] = Scheduler(limits)
        self._model_thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._report_thread = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._runner: asyncio.Task[None] | None = None
        self._measured: deque[tuple[int, float]] = deque(maxlen=MEASURED_BATCHES)
        self._active = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    async def summarize(self, report: ReportInput) -> tuple[Summary, Details]:
        """Answer one report.

        Cancelling gives its place up: a report that waits never runs, and what a running batch
        says of it is dropped.

        Raises:
            QueueFull: as many reports wait as may wait.
            ModelFailed: the engine raised on this report; the cause is chained and logged.
            NotReady: the batcher is closed.
        """
        if self._closed:
            raise _closing()
        ticket = self._join()
        self._active += 1
        self._idle.clear()
        try:
            prepared = await self._beside_the_loop(self._engine.prepare, report)
            prediction = await self._predicted(ticket, prepared)
            return await self._beside_the_loop(assemble, report, prediction, self._engine.manifest)
        except ModelFailed as error:
            # Without exc_info, whose messages may quote the report.
            logger.error("The model failed on a report\n%s", describe(error))  # noqa: TRY400
            raise
        finally:
            self._scheduler.leave(ticket)
            self._active -= 1
            if not self._active:
                self._idle.set()

    async def close(self) -> None:
        """Let the running batch end, fail the reports that wait, and end the threads."""
        self._closed = True
        for entry in self._scheduler.clear():
            _deliver(entry.item, _closing())
        await self._idle.wait()
        if self._runner is not None:
            await self._runner
        await asyncio.to_thread(self._model_thread.shutdown)
        await asyncio.to_thread(self._report_thread.shutdown)

    def _join(self) -> int:
        try:
            return self._scheduler.join()
        except QueueFull as full:
            retry_after_s = self._retry_after_s()
            detail = f"{full.detail} Try again in {retry_after_s} s."
            raise QueueFull(detail, retry_after_s) from None

    def _retry_after_s(self) -> int:
        """How long the queue takes at the rate of the recent batches, at least a second."""
        reports = sum(size for size, _ in self._measured)
        if not reports:
            return 1
        seconds = sum(duration for _, duration in self._measured)
        return max(1, math.ceil(len(self._scheduler) * seconds / reports))

    async def _beside_the_loop(
        self,
        function: Callable[Arguments, R],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> R:
        """Run what concerns one report only; what it raises is that report's failure."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._report_thread, lambda: function(*args, **kwargs)
            )
        except SummarizerError:
            raise
        except Exception as error:
            raise ModelFailed(MODEL_FAILED) from error

    async def _predicted(self, ticket: int, prepared: P) -> Prediction:
        if self._closed:
            raise _closing()
        outcome: asyncio.Future[Prediction | SummarizerError]
        outcome = asyncio.get_running_loop().create_future()
        self._scheduler.ready(ticket, _Job(prepared, outcome), prepared.token_count)
        if self._runner is None or self._runner.done():
            # A context of its own: the batches belong to no single request.
            self._runner = asyncio.create_task(self._run(), context=contextvars.Context())
        result = await outcome
        if isinstance(result, SummarizerError):
            raise result
        return result

    async def _run(self) -> None:
        while batch := self._scheduler.take():
            await self._run_batch([entry.item for entry in batch])

    async def _run_batch(self, batch: Sequence[_Job[P]]) -> None:
        """Run the jobs together, and where that fails, one by one to find the culprit."""
        jobs = [job for job in batch if not job.outcome.done()]
        if not jobs:
            return
        loop = asyncio.get_running_loop()
        started = self._clock()
        try:
            predictions = await loop.run_in_executor(self._model_thread, self._predict, jobs)
        except Exception as error:  # noqa: BLE001 - it becomes the outcome of its report
            if len(jobs) == 1:
                _deliver(jobs[0], _failure(error))
                return
            for job in jobs:
                await self._run_batch([job])
            return
        self._measured.append((len(jobs), self._clock() - started))
        for job, prediction in zip(jobs, predictions, strict=True):
            _deliver(job, prediction)

    def _predict(self, jobs: Sequence[_Job[P]]) -> list[Prediction]:
        predictions = self._engine.predict([job.prepared for job in jobs])
        if len(predictions) != len(jobs):
            raise RuntimeError(f"{len(predictions)} predictions for {len(jobs)} reports")
        return predictions


def _deliver(job: _Job[P], outcome: Prediction | SummarizerError) -> None:
    if not job.outcome.done():
        job.outcome.set_result(outcome)


def _failure(error: Exception) -> SummarizerError:
    if isinstance(error, SummarizerError):
        return error
    failure = ModelFailed(MODEL_FAILED)
    failure.__cause__ = error
    return failure


def _closing() -> NotReady:
    return NotReady("The service is shutting down or changing its model; try again in a moment.")
