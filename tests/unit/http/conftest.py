"""The HTTP app over a fake engine."""

from collections.abc import AsyncIterator

import httpx
import pytest

from deployments.http import create_app
from deployments.local import LocalSummarizer
from deployments.settings import Settings
from summarizer.metrics import NO_METRICS
from tests.fakes import FakeEngine

SETTINGS = Settings(engine="mock", max_batch_size=2, max_waiting=3, max_body_bytes=20_000)


def client_of(summarizer: LocalSummarizer, settings: Settings = SETTINGS) -> httpx.AsyncClient:
    app = create_app(summarizer, settings, NO_METRICS)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def summarizer(engine: FakeEngine) -> AsyncIterator[LocalSummarizer]:
    summarizer = LocalSummarizer(lambda: engine, SETTINGS.limits)
    summarizer.start()
    engine.batches.clear()
    engine.running.clear()
    yield summarizer
    engine.gate.set()
    await summarizer.close()


@pytest.fixture
async def client(summarizer: LocalSummarizer) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(summarizer) as client:
        yield client
