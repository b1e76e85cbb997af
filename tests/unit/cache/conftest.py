"""A client whose answers are counted, and what asks it through the cache."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from deployments.cache import CachedSummarizer, CacheStatus, CacheUse
from deployments.client import Answer, AnswerStream
from schemas.errors import RequestTimeout
from schemas.manifest import ModelDescription
from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.answer import FieldAnswer
from tests.answers import DETAILS, answer_of
from tests.fakes import RecordingMetrics
from tests.waiting import eventually

TIMEOUT_S = 20.0
REPORT = ReportInput(description="it broke")


class Client:
    """Answers with a number that counts up; waits at the gate before it does."""

    def __init__(self) -> None:
        self.fingerprint = "a"
        self.gate = asyncio.Event()
        self.gate.set()
        self.started: list[tuple[str, float]] = []
        self.cancelled = 0
        self.described = 0
        self.errors: list[Exception] = []
        self.describe_error: Exception | None = None

    async def summarize(self, report: ReportInput, request_id: str, timeout_s: float) -> Answer:
        number = self._start(request_id, timeout_s)
        await self._work(timeout_s)
        return answer_of(str(number), self.fingerprint)

    async def stream(self, report: ReportInput, request_id: str, timeout_s: float) -> AnswerStream:
        number = self._start(request_id, timeout_s)
        yield FieldAnswer(FieldName.BUG_CATEGORY, str(number), DETAILS)
        await self._work(timeout_s)
        for name in FieldName:
            if name is not FieldName.BUG_CATEGORY:
                yield FieldAnswer(name, str(number), DETAILS)
        yield answer_of(str(number), self.fingerprint)

    async def describe(self) -> ModelDescription:
        self.described += 1
        await asyncio.sleep(0)
        if self.describe_error is not None:
            raise self.describe_error
        return ModelDescription(
            name="m",
            version="1",
            fingerprint=self.fingerprint,
            kind="mock",
            base=None,
            fields=[],
            categories=[],
            metrics={},
            licence=None,
        )

    async def ready(self) -> None:
        raise AssertionError("nobody asks")

    def _start(self, request_id: str, timeout_s: float) -> int:
        self.started.append((request_id, timeout_s))
        return len(self.started)

    async def _work(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self.gate.wait()
        except TimeoutError:
            raise RequestTimeout("too late") from None
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.errors:
            raise self.errors.pop(0)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def cached(client: Client, metrics: RecordingMetrics) -> CachedSummarizer:
    return CachedSummarizer(client, 100, 10_000_000, metrics)


@pytest.fixture(autouse=True)
async def nothing_is_left_over() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    ours = {*before, asyncio.current_task()}
    await eventually(lambda: not asyncio.all_tasks() - ours)


async def ask(
    cached: CachedSummarizer,
    report: ReportInput = REPORT,
    timeout_s: float = TIMEOUT_S,
    use: CacheUse = CacheUse.FULL,
) -> tuple[CacheStatus, str]:
    """How the answer came about, and its number."""
    status, answer = await cached.summarize(report, "r", timeout_s, use)
    return status, answer.summary.environment


def asking(*arguments: Any) -> asyncio.Task[tuple[CacheStatus, str]]:
    return asyncio.create_task(ask(*arguments))


async def items_of(
    cached: CachedSummarizer, report: ReportInput = REPORT
) -> list[tuple[CacheStatus, str | FieldName]]:
    """What a stream gives: the fields' names, and the number of the answer."""
    async with aclosing(cached.stream(report, "r", TIMEOUT_S, CacheUse.FULL)) as items:
        return [
            (status, item.summary.environment if isinstance(item, Answer) else item.name)
            async for status, item in items
        ]


def counts(metrics: RecordingMetrics) -> tuple[int, int, int]:
    names = ("cache_hits_total", "cache_misses_total", "cache_joined_total")
    hits, misses, joined = (metrics.counts[name] for name in names)
    return hits, misses, joined
