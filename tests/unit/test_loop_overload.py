"""Overload: the model stays at its maximum, who is accepted waits a bounded time, the rest know."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from schemas.errors import QueueFull
from schemas.report import ReportInput
from summarizer.engine import Prediction, Progress
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits
from tests.asking import ask_behind_a_running_one
from tests.fakes import FakeDecodingEngine, FakeEngine, FakeReport

SLOTS, WAITING, STEPS, STEP_S = 4, 20, 4, 0.005
REPORT = ReportInput(description=f"steps={STEPS}")


class TakesTime(FakeDecodingEngine):
    """Every step takes the same time, however many reports are in it."""

    def step(self) -> list[Progress]:
        time.sleep(STEP_S)
        return super().step()


async def answered_in(loop: EngineLoop[FakeReport], reports: int, every_s: float) -> list[float]:
    """Send reports at a steady rate; how long each answered one took."""
    took: list[float] = []
    retry_after: set[int] = set()

    async def one() -> None:
        asked_at = time.perf_counter()
        try:
            await loop.summarize(REPORT)
        except QueueFull as full:
            retry_after.add(full.retry_after_s)
        else:
            took.append(time.perf_counter() - asked_at)

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(reports):
            await asyncio.sleep(max(0.0, start + number * every_s - time.perf_counter()))
            group.create_task(one())
    assert retry_after == {1}
    return took


async def test_at_twice_the_capacity_throughput_stays_and_waiting_is_bounded() -> None:
    loop = EngineLoop(TakesTime(), Limits(max_batch_size=SLOTS, max_waiting=WAITING))
    warm_up, offered = 4 * SLOTS, 300
    start = time.perf_counter()
    await asyncio.gather(*(loop.summarize(REPORT) for _ in range(warm_up)))
    capacity = warm_up / (time.perf_counter() - start)
    start = time.perf_counter()
    took = await answered_in(loop, offered, every_s=1 / (2 * capacity))
    throughput = len(took) / (time.perf_counter() - start)
    await loop.close()
    assert len(took) < 0.75 * offered
    assert throughput > 0.8 * capacity
    assert max(took) < 2 * (WAITING + 2 * SLOTS) / capacity


@pytest.mark.parametrize(("waiting", "seconds"), [(1, 10), (6, 60), (40, 400)])
async def test_retry_after_grows_with_the_queue(waiting: int, seconds: int) -> None:
    now = 0.0

    class TakesTenSeconds(FakeEngine):
        def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
            nonlocal now
            now += 10.0
            return super().predict(batch)

    engine = TakesTenSeconds()
    loop = EngineLoop(engine, Limits(max_waiting=waiting), clock=lambda: now)
    await loop.summarize(REPORT)
    asked = await ask_behind_a_running_one(loop, engine, ["waits"] * waiting)
    with pytest.raises(QueueFull) as refused:
        await loop.summarize(REPORT)
    engine.gate.set()
    await asyncio.gather(*asked)
    await loop.close()
    assert refused.value.retry_after_s == seconds
    assert f"{seconds} s" in refused.value.detail
