"""What is kept, for whom, and until which model."""

import asyncio

import pytest

from deployments import cache
from deployments.cache import CachedSummarizer, CacheStatus, CacheUse
from schemas.errors import NotReady
from schemas.report import Environment, ReportInput
from tests.fakes import RecordingMetrics
from tests.unit.cache.conftest import TIMEOUT_S, Client, ask, asking, counts
from tests.waiting import eventually


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
