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
CLIENTS = 2 * (SLOTS + WAITING)
REPORT = ReportInput(description=f"steps={STEPS}")


class TakesTime(FakeDecodingEngine):
    """Every step takes the same time, however many reports are in it."""

    def step(self) -> list[Progress]:
        time.sleep(STEP_S)
        return super().step()


async def test_under_overload_every_step_is_full_and_waiting_is_bounded() -> None:
    """Counted in steps, which do not depend on the machine."""
    engine = TakesTime()
    loop = EngineLoop(engine, Limits(max_batch_size=SLOTS, max_waiting=WAITING))
    took: list[int] = []
    refused: list[QueueFull] = []

    async def ask_again_and_again() -> None:
        while len(took) < 20 * SLOTS:
            before = len(engine.steps)
            try:
                await loop.summarize(REPORT)
            except QueueFull as full:
                refused.append(full)
                # Far sooner than it is told to, so that the load stays.
                await asyncio.sleep(STEP_S)
            else:
                took.append(len(engine.steps) - before)

    await asyncio.gather(*(ask_again_and_again() for _ in range(CLIENTS)))
    await loop.close()
    assert {full.retry_after_s for full in refused} == {1}
    occupied = sum(map(len, engine.steps)) / (SLOTS * len(engine.steps))
    assert occupied > 0.8
    # Behind a full queue: those that run, its own turn, and some until the answer is read.
    assert sorted(took)[int(0.99 * len(took))] <= STEPS * (1 + WAITING / SLOTS + 2)


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
