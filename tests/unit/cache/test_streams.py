"""Streams share the work and the cache with the others."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from deployments.cache import CachedSummarizer, CacheStatus, CacheUse
from deployments.client import Answer
from schemas.summary import FieldName
from summarizer.answer import FieldAnswer
from tests.fakes import RecordingMetrics
from tests.unit.cache.conftest import REPORT, TIMEOUT_S, Client, ask, asking, counts, items_of
from tests.waiting import eventually


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
