"""Our engines in their loop, as a replica runs them: reports in, summaries out.

Everything is counted: rendering and tokenization, the queue, the model, and putting the
answer together.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch

from benchmarks import STATIC_BATCH, THREADS, models
from benchmarks.figures import steady_rate
from benchmarks.texts import SOURCE_TOKENS, held_out, is_whole_answer, numbers, report
from deployments.settings import Settings
from schemas.report import ReportInput
from schemas.summary import Summary
from summarizer.folder import load_engine
from summarizer.linear import Precision, resolve
from summarizer.loop import EngineLoop
from summarizer.threads import on_passing_thread

SATURATED_ANSWERS = 3
"""For each client, before a saturated loop is measured by the rate after the first of them."""


class OurContestant:
    """An engine with the limits that are shipped, and two threads."""

    def __init__(self, folder: Path, device: str = "cpu", precision: Precision = "auto") -> None:
        self.limits = Settings(model=folder).limits
        # As a replica does it.
        self.engine: Any = on_passing_thread(
            lambda: load_engine(
                folder, "auto", device, THREADS, precision=precision, limits=self.limits
            )
        )
        self.precision = resolve(precision, torch.device(device))
        self._runner = asyncio.Runner()
        self._loop: EngineLoop[Any] = self._runner.run(self._start())

    async def _start(self) -> EngineLoop[Any]:
        return EngineLoop(self.engine, self.limits)

    def run(self, reports: Iterator[ReportInput], clients: int, stop: "Stop") -> list[float]:
        """So many clients, each with one report after another; latencies in order of completion.

        What still runs when it stops is given up, and the model is idle when this returns.
        """
        return self._runner.run(self._run(reports, clients, stop))

    async def _run(self, reports: Iterator[ReportInput], clients: int, stop: "Stop") -> list[float]:
        latencies: list[float] = []

        async def client() -> None:
            while not stop.is_reached():
                sent = time.perf_counter()
                summary, _ = await self._loop.summarize(next(reports))
                done = time.perf_counter()
                self.check(summary)
                latencies.append(done - sent)
                stop.completed.append(done)

        tasks = [asyncio.create_task(client()) for _ in range(clients)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome
        # The model thread comes to it after everything that was given up.
        await self._loop.summarize(next(reports))
        return latencies

    def check(self, summary: Summary) -> None:
        """Raise where an answer is not what it must be."""


class Stop:
    """When clients stop: after so many answers, or so much time."""

    def __init__(self, reports: int | None = None, duration_s: float | None = None) -> None:
        self.completed: list[float] = []
        self.started = time.perf_counter()
        self._reports = reports
        self._duration_s = duration_s

    def is_reached(self) -> bool:
        """Whether no more reports are to be sent."""
        if self._reports is not None:
            return len(self.completed) >= self._reports
        return time.perf_counter() - self.started >= (self._duration_s or 0)

    def rate(self, clients: int) -> float:
        """Reports per second of so many clients."""
        return steady_rate(self.started, self.completed, clients)


class AbstractiveContestant(OurContestant):
    """The random model: five fields of exactly 20 tokens each."""

    def __init__(self, device: str = "cpu", precision: Precision = "auto") -> None:
        super().__init__(models.seq2seq_folder(), device, precision)
        tokens = self.engine.prepare(report(0)).token_count
        if tokens != SOURCE_TOKENS:
            raise RuntimeError(f"the engine reads {tokens} tokens of a report")

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"the abstractive engine in its loop, {self.precision}, {THREADS} threads, shipped "
            f"limits ({self.limits}), at least {STATIC_BATCH} reports waiting when saturated"
        )

    def lone(self, number: int) -> float:
        """Seconds for one report."""
        (latency,) = self.run(map(report, numbers(number)), 1, Stop(reports=1))
        return latency

    def saturated(self, first: int) -> float:
        """Reports per second while at least a static batch waits all the time."""
        clients = self.limits.max_batch_size + STATIC_BATCH
        stop = Stop(reports=SATURATED_ANSWERS * clients)
        self.run(map(report, numbers(first)), clients, stop)
        return stop.rate(clients)

    def answers(self, first: int, reports: int) -> list[list[str]]:
        """The words of each field of some reports, which run all at once."""
        return self._runner.run(self._answers(first, reports))

    async def _answers(self, first: int, reports: int) -> list[list[str]]:
        answered = await asyncio.gather(
            *(self._loop.summarize(report(first + number)) for number in range(reports))
        )
        return [
            str(text).split() for summary, _ in answered for text in summary.model_dump().values()
        ]

    def check(self, summary: Summary) -> None:
        """Every field has been written to its last token."""
        texts = list(summary.model_dump().values())
        if not is_whole_answer(texts):
            raise RuntimeError(f"fields of {[len(text.split()) for text in texts]} tokens")


class UnguessedContestant(AbstractiveContestant):
    """The same without guesses: random weights repeat themselves, which is easily guessed."""

    def __init__(self) -> None:
        super().__init__()
        self.engine.guessing_tokens = 0

    def settings(self) -> str:
        """What it runs with."""
        return f"as ours, but with no token guessed; {super().settings()}"


class ExtractiveContestant(OurContestant):
    """The bundled model over the held-out reports, again and again."""

    def __init__(self) -> None:
        super().__init__(models.BUNDLED)
        self._reports = cycle(held_out())
        self.run(islice(self._reports, 40), 16, Stop(reports=20))

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"the extractive engine in its loop, shipped limits ({self.limits}), {THREADS} threads"
        )

    def clients(self, count: int, duration_s: float) -> dict[str, Any]:
        """So many clients for a while: reports per second and the latency of each report."""
        stop = Stop(duration_s=duration_s)
        latencies = self.run(self._reports, count, stop)
        return {"rate": stop.rate(count), "latencies": latencies, "reports": len(latencies)}
