"""Identical reports under way are computed once, and no caller harms another."""

import asyncio
from contextvars import ContextVar

import pytest

from deployments import cache
from deployments.cache import CachedSummarizer, CacheStatus
from schemas.errors import ModelFailed, QueueFull, RequestTimeout
from schemas.summary import FieldName
from tests.fakes import RecordingMetrics
from tests.unit.cache.conftest import REPORT, TIMEOUT_S, Client, ask, asking, counts, items_of
from tests.waiting import eventually


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
