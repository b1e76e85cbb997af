"""Identical reports are computed once, answers are kept, and no caller harms another."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from contextvars import ContextVar
from typing import Any

import pytest

from deployments import cache
from deployments.cache import CachedSummarizer, CacheStatus, CacheUse
from deployments.client import Answer, AnswerStream
from schemas.errors import ModelFailed, NotReady, QueueFull, RequestTimeout
from schemas.manifest import ModelDescription
from schemas.report import Environment, ReportInput
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


async def test_the_second_of_two_equal_reports_is_a_hit(
    cached: CachedSummarizer, metrics: RecordingMetrics
) -> None:
    assert await ask(cached) == (CacheStatus.MISS, "1")
    assert await ask(cached) == (CacheStatus.HIT, "1")
    assert counts(metrics) == (1, 1, 0)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ReportInput(description="it broke "), id="text"),
        pytest.param(ReportInput(stacktrace_text="it broke"), id="part"),
        pytest.param(
            ReportInput(description="it broke", env=Environment(os="Linux")), id="environment"
        ),
        pytest.param(ReportInput(description="it broke", image_paths=["1.png"]), id="images"),
    ],
)
async def test_a_report_that_differs_is_another(
    cached: CachedSummarizer, other: ReportInput
) -> None:
    await ask(cached)
    assert await ask(cached, other) == (CacheStatus.MISS, "2")


async def test_equal_reports_under_way_are_computed_once(
    cached: CachedSummarizer, client: Client, metrics: RecordingMetrics
) -> None:
    client.gate.clear()
    tasks = [asking(cached) for _ in range(4)]
    await eventually(lambda: counts(metrics) == (0, 1, 3))
    client.gate.set()
    first, *rest = await asyncio.gather(*tasks)
    assert first == (CacheStatus.MISS, "1")
    assert rest == [(CacheStatus.JOINED, "1")] * 3
    assert len(client.started) == 1


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_who_leaves_harms_no_other(
    cached: CachedSummarizer, client: Client, metrics: RecordingMetrics, leaving: int
) -> None:
    client.gate.clear()
    tasks = [asking(cached) for _ in range(3)]
    await eventually(lambda: sum(counts(metrics)) == 3)
    tasks[leaving].cancel()
    await asyncio.wait([tasks[leaving]])
    client.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results.pop(leaving), asyncio.CancelledError)
    assert [result[1] for result in results if isinstance(result, tuple)] == ["1", "1"]
    assert client.cancelled == 0


async def test_when_all_have_left_the_work_has_ended(
    cached: CachedSummarizer, client: Client, metrics: RecordingMetrics
) -> None:
    client.gate.clear()
    tasks = [asking(cached) for _ in range(3)]
    await eventually(lambda: sum(counts(metrics)) == 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert client.cancelled == 1
    client.gate.set()
    assert await ask(cached) == (CacheStatus.MISS, "2")


async def test_who_leaves_before_it_starts_leaves_nothing(cached: CachedSummarizer) -> None:
    task = asking(cached)
    task.cancel()
    await asyncio.wait([task])
    assert await ask(cached) == (CacheStatus.MISS, "1")


async def test_a_joined_caller_has_a_limit_of_its_own(
    cached: CachedSummarizer, client: Client
) -> None:
    client.gate.clear()
    patient = asking(cached)
    await eventually(lambda: len(client.started) == 1)
    with pytest.raises(RequestTimeout):
        await ask(cached, REPORT, 0.02)
    client.gate.set()
    assert await patient == (CacheStatus.MISS, "1")
    assert len(client.started) == 1


async def test_who_has_little_time_is_not_waited_for(
    cached: CachedSummarizer, client: Client
) -> None:
    client.gate.clear()
    hasty = asking(cached, REPORT, 0.05)
    await eventually(lambda: len(client.started) == 1)
    patient, third = asking(cached), asking(cached)
    with pytest.raises(RequestTimeout):
        await hasty
    client.gate.set()
    assert await patient == (CacheStatus.MISS, "2")
    assert await third == (CacheStatus.JOINED, "2")
    assert [round(timeout_s, 2) for _, timeout_s in client.started] == [0.05, TIMEOUT_S]


async def test_who_had_joined_goes_on_where_the_time_of_the_first_is_over(
    cached: CachedSummarizer,
    client: Client,
    metrics: RecordingMetrics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "LEAST_SHARE_OF_TIME", 0.001)
    client.gate.clear()
    first = asking(cached, REPORT, 1.0)
    await eventually(lambda: len(client.started) == 1)
    longer = asyncio.create_task(items_of(cached))
    await eventually(lambda: counts(metrics)[2] == 1)
    with pytest.raises(RequestTimeout):
        await first
    await eventually(lambda: len(client.started) == 2)
    client.gate.set()
    items = [item for _, item in await longer]
    assert sorted(item for item in items if isinstance(item, FieldName)) == sorted(FieldName)
    assert items[-1] == "2"


@pytest.mark.parametrize(
    "error", [QueueFull("full", 3), ModelFailed("failed"), ValueError("unexpected")]
)
async def test_a_failure_is_told_to_all_who_wait_and_is_not_kept(
    cached: CachedSummarizer, client: Client, metrics: RecordingMetrics, error: Exception
) -> None:
    client.gate.clear()
    client.errors.append(error)
    tasks = [asking(cached) for _ in range(3)]
    await eventually(lambda: sum(counts(metrics)) == 3)
    client.gate.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) == [error] * 3
    assert await ask(cached) == (CacheStatus.MISS, "2")


async def test_no_cache_computes_anew_and_keeps_that(
    cached: CachedSummarizer, client: Client, metrics: RecordingMetrics
) -> None:
    await ask(cached)
    assert await ask(cached, use=CacheUse.REFRESH) == (CacheStatus.REFRESHED, "2")
    assert await ask(cached) == (CacheStatus.HIT, "2")
    client.gate.clear()
    other = ReportInput(description="another")
    waits = asking(cached, other)
    refreshes = asking(cached, other, TIMEOUT_S, CacheUse.REFRESH)
    await eventually(lambda: len(client.started) == 4)
    client.gate.set()
    assert {(await waits)[1], (await refreshes)[1]} == {"3", "4"}
    assert counts(metrics)[2] == 0


async def test_no_store_reads_nothing_and_leaves_nothing(
    cached: CachedSummarizer, client: Client
) -> None:
    assert await ask(cached, use=CacheUse.NONE) == (CacheStatus.BYPASSED, "1")
    assert await ask(cached) == (CacheStatus.MISS, "2")
    assert await ask(cached, use=CacheUse.NONE) == (CacheStatus.BYPASSED, "3")
    assert await ask(cached) == (CacheStatus.HIT, "2")


async def test_without_entries_there_is_no_cache(client: Client, metrics: RecordingMetrics) -> None:
    cached = CachedSummarizer(client, 0, 10_000_000, metrics)
    client.gate.clear()
    tasks = [asking(cached), asking(cached)]
    await eventually(lambda: len(client.started) == 2)
    client.gate.set()
    assert [status for status, _ in await asyncio.gather(*tasks)] == [CacheStatus.BYPASSED] * 2
    assert counts(metrics) == (0, 0, 0)


@pytest.mark.parametrize(
    ("header", "use"),
    [
        pytest.param("", CacheUse.FULL, id="none"),
        pytest.param("max-age=60", CacheUse.FULL, id="other"),
        pytest.param("no-cache", CacheUse.REFRESH, id="no-cache"),
        pytest.param("max-age=0, No-Cache", CacheUse.REFRESH, id="among-others"),
        pytest.param("no-cache,no-store", CacheUse.NONE, id="both"),
        pytest.param("no-cache-at-all", CacheUse.FULL, id="longer"),
    ],
)
def test_what_a_request_asks_for(header: str, use: CacheUse) -> None:
    assert CacheUse.of(header) is use


async def test_a_fresh_answer_of_a_new_model_empties_the_cache(
    cached: CachedSummarizer, client: Client
) -> None:
    await ask(cached)
    client.fingerprint = "b"
    await ask(cached, ReportInput(description="another"))
    assert await ask(cached) == (CacheStatus.MISS, "3")


async def test_a_new_model_is_noticed_without_a_fresh_answer(
    cached: CachedSummarizer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "CONFIRMED_FOR_S", 0.03)
    await ask(cached)
    client.fingerprint = "b"
    await asyncio.sleep(0.04)
    assert await ask(cached) == (CacheStatus.MISS, "2")
    assert await ask(cached) == (CacheStatus.HIT, "2")


async def test_the_model_is_asked_for_once_a_second_at_most(
    cached: CachedSummarizer, client: Client
) -> None:
    await ask(cached)
    results = await asyncio.gather(*(ask(cached) for _ in range(20)))
    assert results == [(CacheStatus.HIT, "1")] * 20
    await ask(cached)
    assert client.described == 1


async def test_where_nobody_says_which_model_answers_nothing_is_a_hit(
    cached: CachedSummarizer, client: Client
) -> None:
    await ask(cached)
    client.describe_error = NotReady("no replica")
    assert await ask(cached) == (CacheStatus.MISS, "2")
    client.describe_error = None
    assert await ask(cached) == (CacheStatus.HIT, "2")


async def test_who_leaves_while_the_model_is_asked_for_harms_no_other(
    cached: CachedSummarizer,
) -> None:
    await ask(cached)
    leaves, stays = asking(cached), asking(cached)
    await asyncio.sleep(0)
    leaves.cancel()
    assert await stays == (CacheStatus.HIT, "1")


async def test_a_stream_gives_each_field_as_it_comes(
    cached: CachedSummarizer, client: Client
) -> None:
    client.gate.clear()
    async with aclosing(cached.stream(REPORT, "r", TIMEOUT_S, CacheUse.FULL)) as items:
        status, first = await anext(items)
        assert isinstance(first, FieldAnswer)
        assert (status, first.name) == (CacheStatus.MISS, FieldName.BUG_CATEGORY)
        client.gate.set()
        rest = [item async for _, item in items]
    assert len(rest) == len(FieldName)
    assert isinstance(rest[-1], Answer)


async def test_a_hit_gives_all_fields_and_the_answer(cached: CachedSummarizer) -> None:
    await ask(cached)
    items = await items_of(cached)
    assert items == [*((CacheStatus.HIT, name) for name in FieldName), (CacheStatus.HIT, "1")]


@pytest.mark.parametrize("streams_first", [True, False])
async def test_streams_and_others_share_the_work(
    cached: CachedSummarizer,
    client: Client,
    metrics: RecordingMetrics,
    streams_first: bool,
) -> None:
    client.gate.clear()
    start: list[Callable[[], asyncio.Task[Any]]] = [
        lambda: asyncio.create_task(items_of(cached)),
        lambda: asking(cached),
    ]
    tasks = [begin() for begin in (start if streams_first else start[::-1])]
    await eventually(lambda: counts(metrics) == (0, 1, 1))
    client.gate.set()
    results = await asyncio.gather(*tasks)
    items, (_, number) = results if streams_first else results[::-1]
    assert number == items[-1][1] == "1"
    assert len(client.started) == 1
    assert len(items) == 6


async def test_closing_the_last_stream_ends_the_work(
    cached: CachedSummarizer, client: Client, metrics: RecordingMetrics
) -> None:
    client.gate.clear()
    first = cached.stream(REPORT, "r", TIMEOUT_S, CacheUse.FULL)
    second = cached.stream(REPORT, "r", TIMEOUT_S, CacheUse.FULL)
    await anext(first)
    await anext(second)
    assert counts(metrics) == (0, 1, 1)
    await first.aclose()
    assert client.cancelled == 0
    await second.aclose()
    assert client.cancelled == 1


async def test_the_work_is_of_no_requests_context(
    cached: CachedSummarizer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve cancels whatever was started in the context of a request whose client has left."""
    of_request: ContextVar[str] = ContextVar("of_request", default="")
    seen: list[str] = []

    def start(*_: object) -> int:
        seen.append(of_request.get())
        return len(seen)

    monkeypatch.setattr(client, "_start", start)
    of_request.set("the first one's")
    await ask(cached)
    assert seen == [""]
