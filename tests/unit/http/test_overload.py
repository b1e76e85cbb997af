"""Twice the load that the engine carries: as much is answered as ever, the rest is refused."""

import asyncio
import time
from collections.abc import Sequence
from itertools import count

import httpx

from deployments.local import LocalSummarizer
from deployments.settings import Settings
from summarizer.engine import Prediction
from tests.fakes import FakeEngine, FakeReport
from tests.http_checks import problem_of, report
from tests.unit.http.conftest import client_of

BATCH = 4
BATCH_S = 0.1
WAITING = 8
CLIENTS = 2 * (BATCH + WAITING)
SECONDS = 4.0


class SlowEngine(FakeEngine):
    """Takes as long for a batch as a model would, whatever its size."""

    def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
        """Sleep, then answer."""
        time.sleep(BATCH_S)
        return super().predict(batch)


async def test_throughput_stays_and_waiting_is_bounded() -> None:
    settings = Settings(engine="mock", max_batch_size=BATCH, max_waiting=WAITING)
    engine = SlowEngine()
    summarizer = LocalSummarizer(lambda: engine, settings.limits)
    summarizer.start()
    answered: list[int] = []
    refused: list[httpx.Response] = []
    numbers = count()
    loop = asyncio.get_running_loop()

    async def ask_again_and_again(client: httpx.AsyncClient, until: float) -> None:
        while loop.time() < until:
            batches_before = len(engine.batches)
            response = await client.post("/inference", json=report(f"number {next(numbers)}"))
            if response.status_code == 200:
                answered.append(len(engine.batches) - batches_before)
            else:
                refused.append(response)
                # Far sooner than it is told to, so that the load stays.
                await asyncio.sleep(BATCH_S / 2)

    async with client_of(summarizer, settings) as client:
        until = loop.time() + SECONDS
        await asyncio.gather(*(ask_again_and_again(client, until) for _ in range(CLIENTS)))
    await summarizer.close()
    # Every batch but the first and the last ones is full, and the engine hardly ever pauses.
    sizes = [len(batch) for batch in engine.batches[1:]]
    assert sum(sizes) > 0.9 * BATCH * len(sizes)
    assert len(sizes) * BATCH_S > 0.6 * SECONDS
    assert len(refused) > len(answered) / 2
    for response in refused:
        problem_of(response, 429, "queue-full")
        assert int(response.headers["retry-after"]) >= 1
    # The one that runs, the queue, its own, and the next before the answer is read: counted in
    # batches, which do not depend on the machine. A queue for all clients would take one more.
    assert sorted(answered)[int(0.99 * len(answered))] <= 1 + WAITING // BATCH + 2
    assert CLIENTS // BATCH > 1 + WAITING // BATCH + 2
