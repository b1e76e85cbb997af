"""The loop around an engine that decodes: who joins, who leaves, and what a fault takes along."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from schemas.errors import ModelFailed, NotReady
from schemas.report import Environment, ReportInput
from schemas.summary import FieldName, Origin
from summarizer.answer import FieldAnswer
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits
from tests.asking import ask, ready
from tests.fakes import BREAKS_PREDICT, BREAKS_STEP, FakeDecodingEngine, FakeReport
from tests.waiting import eventually, eventually_blocking

LIMITS = Limits(max_batch_size=2, max_batch_tokens=20, max_waiting=6)


@pytest.fixture
async def engine() -> FakeDecodingEngine:
    engine = FakeDecodingEngine()
    engine.hold()
    return engine


@pytest.fixture
async def loop(engine: FakeDecodingEngine) -> AsyncIterator[EngineLoop[FakeReport]]:
    loop = EngineLoop(engine, LIMITS)
    yield loop
    engine.release()
    await loop.close()


async def test_reports_join_and_leave_between_steps(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    long = ask(loop, "long steps=4")
    await eventually(engine.at_step.is_set)
    short, last = ask(loop, "short steps=1"), ask(loop, "last steps=1")
    await ready(loop, 2)
    engine.allow(2)
    summary, _ = await short
    assert summary.actual_behavior == "short steps=1"
    assert not long.done()
    engine.release()
    await asyncio.gather(long, last)
    assert engine.steps == [
        ["long steps=4"],
        ["long steps=4", "short steps=1"],
        ["long steps=4", "last steps=1"],
        ["long steps=4"],
    ]


async def test_the_oldest_waits_for_room_and_nobody_passes_it(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    running = ask(loop, "steps=2 " + "r " * 11)
    await eventually(engine.at_step.is_set)
    large = ask(loop, "steps=1 " + "l " * 10)
    await ready(loop, 1)
    small = ask(loop, "steps=1 s")
    await ready(loop, 2)
    engine.release()
    await asyncio.gather(running, large, small)
    assert [[text.strip()[-1] for text in texts] for texts in engine.steps] == [
        ["r"],
        ["r"],
        ["l"],
        ["s"],
    ]


async def test_an_oversized_report_runs_alone(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    first = ask(loop, "first steps=1")
    await eventually(engine.at_step.is_set)
    oversized, last = ask(loop, "steps=2 " + "x " * 50), ask(loop, "last steps=1")
    await ready(loop, 2)
    engine.release()
    await asyncio.gather(first, oversized, last)
    assert [len(texts) for texts in engine.steps] == [1, 1, 1, 1]


async def test_a_cancelled_report_that_runs_leaves_at_the_next_step_and_frees_its_slot(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    gone = ask(loop, "gone steps=50")
    await eventually(engine.at_step.is_set)
    stays, waits = ask(loop, "stays steps=3"), ask(loop, "waits steps=2")
    await ready(loop, 2)
    engine.allow()
    await eventually(engine.at_step.is_set)
    gone.cancel()
    await asyncio.wait([gone])
    engine.release()
    await asyncio.gather(stays, waits)
    assert engine.dropped == ["gone steps=50"]
    assert engine.steps[:3] == [
        ["gone steps=50"],
        ["gone steps=50", "stays steps=3"],
        ["stays steps=3", "waits steps=2"],
    ]


async def test_a_loop_whose_only_report_was_cancelled_sleeps(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    gone = ask(loop, "gone steps=50")
    await eventually(engine.at_step.is_set)
    gone.cancel()
    await asyncio.wait([gone])
    engine.release()
    await eventually(lambda: engine.dropped == ["gone steps=50"])
    await loop.summarize(ReportInput(description="next"))
    assert len(engine.steps) == 1 + 3


async def test_only_the_culprit_of_an_admission_fails_and_who_runs_is_unharmed(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    running = ask(loop, "running steps=1")
    await eventually(engine.at_step.is_set)
    bad, good = ask(loop, BREAKS_PREDICT), ask(loop, "good one")
    await ready(loop, 2)
    engine.release()
    answers = await asyncio.gather(running, bad, good, return_exceptions=True)
    assert isinstance(answers[1], ModelFailed)
    assert isinstance(answers[1].__cause__, RuntimeError)
    assert [answer[0].actual_behavior for answer in answers if isinstance(answer, tuple)] == [
        "running steps=1",
        "good one",
    ]
    assert engine.admissions == [
        ["running steps=1"],
        [BREAKS_PREDICT, "good one"],
        [BREAKS_PREDICT],
        ["good one"],
    ]


async def test_a_step_that_raises_fails_those_in_it_and_the_loop_goes_on(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine, caplog: pytest.LogCaptureFixture
) -> None:
    bad = ask(loop, f"{BREAKS_STEP} of the customer")
    await eventually(engine.at_step.is_set)
    beside, later = ask(loop, "beside"), ask(loop, "later")
    # Both would fit into the first step's admission, had it not begun already.
    await ready(loop, 2)
    engine.release()
    answers = await asyncio.gather(bad, beside, later, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ModelFailed, tuple, tuple]
    assert engine.dropped == [f"{BREAKS_STEP} of the customer"]
    assert "tests/fakes.py" in caplog.text
    assert "customer" not in caplog.text


async def test_a_step_that_raises_fails_all_that_are_in_it(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    beside = ask(loop, "beside steps=9")
    await eventually(engine.at_step.is_set)
    bad, later = ask(loop, BREAKS_STEP), ask(loop, "later one here")
    await ready(loop, 2)
    engine.release()
    answers = await asyncio.gather(beside, bad, later, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ModelFailed, ModelFailed, tuple]
    assert sorted(engine.dropped) == sorted(["beside steps=9", BREAKS_STEP])


async def test_fields_are_told_once_in_their_order_as_they_are_final(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    told: list[FieldAnswer] = []
    report = ReportInput(description="it steps=4", env=Environment(os="Linux"))
    asked = asyncio.create_task(loop.summarize(report, on_field=told.append))

    def names() -> list[FieldName]:
        return [field.name for field in told]

    await eventually(engine.at_step.is_set)
    assert names() == [FieldName.ENVIRONMENT]
    for step, name in [(1, FieldName.ACTUAL_BEHAVIOR), (2, FieldName.EXPECTED_BEHAVIOR)]:
        engine.allow()
        await eventually(lambda name=name: names()[-1] == name)  # type: ignore[misc]
        assert len(told) == step + 1
    engine.release()
    summary, details = await asked
    assert names()[3:] == [FieldName.BUG_CATEGORY, FieldName.SUGGESTED_SOLUTION]
    assert {field.name: field.text for field in told} == summary.by_field()
    assert {field.name: field.details for field in told} == details.fields
    assert told[0].details.origin is Origin.DERIVED
    assert told[3].text == "Not stated"


@pytest.mark.parametrize("at", [0, 1, 3], ids=["at once", "while it runs", "at the end"])
async def test_what_on_field_raises_ends_its_report_only(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine, at: int
) -> None:
    told: list[FieldAnswer] = []

    def breaks(field: FieldAnswer) -> None:
        told.append(field)
        if len(told) == at + 1:
            raise LookupError("a bug of the caller's")

    engine.release()
    report = ReportInput(description="it steps=4", env=Environment(os="Linux"))
    with pytest.raises(LookupError):
        await loop.summarize(report, on_field=breaks)
    assert len(told) == at + 1
    summary, _ = await loop.summarize(ReportInput(description="next"))
    assert summary.actual_behavior == "next"
    assert loop.waiting == 0


async def test_an_event_loop_that_is_busy_does_not_hold_the_model_up(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    first = ask(loop, "r0 steps=5")
    await eventually(engine.at_step.is_set)
    rest = [ask(loop, f"r{number} steps=5") for number in range(1, 4)]
    await ready(loop, 3)
    engine.release()
    # The event loop does not turn here.
    eventually_blocking(lambda: sum(map(len, engine.steps)) == 4 * 5)
    assert not first.done()
    await asyncio.gather(first, *rest)


async def test_closing_lets_end_what_runs_and_fails_who_waits(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine
) -> None:
    running = ask(loop, "running steps=3")
    await eventually(engine.at_step.is_set)
    waits = ask(loop, "waits")
    await ready(loop, 1)
    closing = asyncio.create_task(loop.close())
    with pytest.raises(NotReady):
        await waits
    assert not running.done()
    engine.release()
    summary, _ = await running
    await closing
    assert summary.actual_behavior == "running steps=3"


async def test_closing_after_the_running_one_was_cancelled_does_not_wait_for_its_steps(
    loop: EngineLoop[FakeReport], engine: FakeDecodingEngine, caplog: pytest.LogCaptureFixture
) -> None:
    gone = ask(loop, "gone steps=1000000")
    await eventually(engine.at_step.is_set)
    closing = asyncio.create_task(loop.close())
    gone.cancel()
    await asyncio.wait([gone])
    engine.release()
    await asyncio.wait_for(closing, 20)
    assert len(engine.steps) == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
