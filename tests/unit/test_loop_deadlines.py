"""Deadlines: a report whose time is up is not started, and leaves where it runs."""

import asyncio
import threading

import pytest

from schemas.errors import RequestTimeout
from schemas.report import ReportInput
from summarizer.answer import FieldAnswer
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits
from tests.asking import ask, ask_behind_a_running_one, ready
from tests.fakes import FakeDecodingEngine, FakeEngine, FakeReport, RecordingMetrics
from tests.waiting import eventually

LIMITS = Limits(max_batch_size=2, max_batch_tokens=100, max_waiting=6)
SOON_S = 0.05


async def test_a_report_whose_time_is_up_while_it_waits_is_never_started() -> None:
    engine, metrics = FakeEngine(), RecordingMetrics()
    loop = EngineLoop(engine, LIMITS, metrics)
    (first,) = await ask_behind_a_running_one(loop, engine, [])
    expired, patient = ask(loop, "expired", SOON_S), ask(loop, "patient", 1_000.0)
    with pytest.raises(RequestTimeout, match=r"0\.05 s"):
        await expired
    assert loop.waiting == 1
    engine.gate.set()
    await asyncio.gather(first, patient)
    await loop.close()
    assert engine.batches == [["first"], ["patient"]]
    assert metrics.counts["rejections_total{timeout}"] == 1
    assert metrics.counts["reports_total{timeout}"] == 1


async def test_the_models_thread_sees_by_itself_that_the_time_is_up() -> None:
    now = 0.0
    engine, metrics = FakeEngine(), RecordingMetrics()
    loop = EngineLoop(engine, LIMITS, metrics, clock=lambda: now)
    (first,) = await ask_behind_a_running_one(loop, engine, [])
    expired, patient = ask(loop, "expired", 1_000.0), ask(loop, "patient", 3_000.0)
    await ready(loop, 2)
    now = 1_000.0
    engine.gate.set()
    with pytest.raises(RequestTimeout, match="was not started"):
        await expired
    await asyncio.gather(first, patient)
    await loop.close()
    assert engine.batches == [["first"], ["patient"]]
    assert metrics.counts["rejections_total{timeout}"] == 1
    assert metrics.counts["reports_total{timeout}"] == 1


async def test_a_report_whose_time_is_up_while_it_runs_leaves_at_the_next_step() -> None:
    engine, metrics = FakeDecodingEngine(), RecordingMetrics()
    engine.hold()
    loop = EngineLoop(engine, LIMITS, metrics)
    expired = ask(loop, "expired steps=50", SOON_S)
    await eventually(engine.at_step.is_set)
    stays = ask(loop, "stays steps=3")
    await ready(loop, 1)
    with pytest.raises(RequestTimeout):
        await expired
    engine.release()
    await stays
    await loop.close()
    assert engine.dropped == ["expired steps=50"]
    assert engine.steps == [["expired steps=50"], *[["stays steps=3"]] * 3]
    assert metrics.counts["rejections_total{timeout}"] == 0
    assert metrics.counts["reports_total{timeout}"] == 1
    assert metrics.counts["cancellations_total"] == 0


async def test_a_report_whose_time_is_up_before_its_turn_is_not_even_prepared() -> None:
    prepared = []
    gate = threading.Event()

    class Slow(FakeEngine):
        def prepare(self, report: ReportInput) -> FakeReport:
            prepared.append(report.description)
            assert gate.wait(20)
            return super().prepare(report)

    loop = EngineLoop(Slow(), LIMITS)
    first = ask(loop, "first")
    await eventually(lambda: prepared == ["first"])
    for timeout_s in (SOON_S, 0.0, -1.0):
        with pytest.raises(RequestTimeout):
            await loop.summarize(ReportInput(description="expired"), timeout_s)
    assert loop.waiting == 1
    gate.set()
    await first
    await loop.close()
    assert prepared == ["first"]


async def test_a_timeout_of_the_callers_own_is_no_deadline() -> None:
    def breaks(_field: FieldAnswer) -> None:
        raise TimeoutError("the caller's own")

    loop = EngineLoop(FakeEngine(), LIMITS)
    with pytest.raises(TimeoutError, match="the caller's own"):
        await loop.summarize(ReportInput(description="x"), 1_000.0, breaks)
    await loop.close()


async def test_a_report_that_leaves_while_it_is_prepared_is_forgotten() -> None:
    prepares, gate = threading.Event(), threading.Event()

    class Slow(FakeEngine):
        def prepare(self, report: ReportInput) -> FakeReport:
            prepares.set()
            assert gate.wait(20)
            return super().prepare(report)

    engine, metrics = Slow(), RecordingMetrics()
    loop = EngineLoop(engine, LIMITS, metrics)
    gone = ask(loop, "gone")
    await eventually(prepares.is_set)
    gone.cancel()
    await asyncio.wait([gone])
    assert loop.waiting == 0
    gate.set()
    await loop.summarize(ReportInput(description="next"))
    await loop.close()
    assert engine.batches == [["next"]]
    assert metrics.counts == {
        "reports_total{cancelled}": 1,
        "cancellations_total": 1,
        "reports_total{answered}": 1,
        "admitted_tokens_total": 1,
    }
