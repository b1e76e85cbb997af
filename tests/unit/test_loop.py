"""The loop: batches form while the model is busy, and faults stay with their report."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Sequence

import pytest

from schemas.errors import InvalidReport, ModelFailed, NotReady, QueueFull, SummarizerError
from schemas.report import ReportInput
from summarizer.engine import Prediction
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits
from tests.asking import ask, ask_behind_a_running_one
from tests.fakes import BREAKS_PREDICT, BREAKS_PREPARE, REFUSED, FakeEngine, FakeReport
from tests.waiting import eventually

LIMITS = Limits(max_batch_size=4, max_batch_tokens=1_000, max_waiting=6)


@pytest.fixture
async def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def loop(engine: FakeEngine) -> AsyncIterator[EngineLoop[FakeReport]]:
    loop = EngineLoop(engine, LIMITS)
    yield loop
    engine.gate.set()
    await loop.close()


async def test_one_report_is_answered_by_itself(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    summary, details = await loop.summarize(ReportInput(description="it broke"))
    assert summary.actual_behavior == "it broke"
    assert summary.expected_behavior == "Not stated"
    assert [missing.field for missing in details.missing] == ["environment", "expectedBehavior"]
    assert engine.batches == [["it broke"]]


async def test_what_arrives_while_the_model_is_busy_is_the_next_batch(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    asked = await ask_behind_a_running_one(loop, engine, ["a", "b", "c", "d", "e"])
    engine.gate.set()
    answers = await asyncio.gather(*asked)
    assert [summary.actual_behavior for summary, _ in answers] == ["first", *"abcde"]
    assert engine.batches == [["first"], ["a", "b", "c", "d"], ["e"]]


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["one two three four five six"], id="above-the-whole-budget"),
        pytest.param(["one"] * 9, id="more-than-it-takes"),
    ],
)
async def test_an_engine_that_takes_few_at_once_is_full_with_those(texts: list[str]) -> None:
    """What is free is compared with what the engine takes, not with the limit for all engines."""

    class TakesTwo(FakeEngine):
        @property
        def most_at_once(self) -> int | None:
            return 2

    engine = TakesTwo()
    loop = EngineLoop(engine, Limits(max_batch_size=16, max_batch_tokens=5, max_waiting=16))
    asked = await ask_behind_a_running_one(loop, engine, texts)
    engine.gate.set()
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*asked)
    assert [summary.actual_behavior for summary, _ in answers] == ["first", *texts]
    assert max(map(len, engine.batches)) <= 2
    await loop.close()


async def test_the_model_and_the_preparing_have_a_thread_each(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    await asyncio.gather(*(ask(loop, text) for text in "abc"))
    assert engine.prepared_on == {"report_0"}
    assert engine.predicted_on == {"model"}


async def test_only_the_culprit_of_a_batch_fails(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    asked = await ask_behind_a_running_one(loop, engine, ["a a", BREAKS_PREDICT, "c c"])
    engine.gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    failure = answers.pop(2)
    assert [
        answer[0].actual_behavior for answer in answers if not isinstance(answer, BaseException)
    ] == ["first", "a a", "c c"]
    assert isinstance(failure, ModelFailed)
    assert isinstance(failure.__cause__, RuntimeError)
    assert BREAKS_PREDICT not in failure.detail
    assert engine.batches == [
        ["first"],
        ["a a", BREAKS_PREDICT, "c c"],
        ["a a"],
        [BREAKS_PREDICT],
        ["c c"],
    ]


@pytest.mark.parametrize(
    ("text", "error", "cause"),
    [
        pytest.param(BREAKS_PREPARE, ModelFailed, ValueError, id="unknown-error"),
        pytest.param(REFUSED, InvalidReport, None, id="known-error"),
        pytest.param(BREAKS_PREDICT, ModelFailed, RuntimeError, id="predict"),
    ],
)
async def test_a_report_fails_alone(
    loop: EngineLoop[FakeReport],
    text: str,
    error: type[SummarizerError],
    cause: type[Exception] | None,
) -> None:
    bad, good = await asyncio.gather(ask(loop, text), ask(loop, "good"), return_exceptions=True)
    assert type(bad) is error
    assert isinstance(bad, error)
    assert bad.__cause__ is None if cause is None else isinstance(bad.__cause__, cause)
    assert not isinstance(good, BaseException)
    assert good[0].actual_behavior == "good"


@pytest.mark.parametrize("text", [BREAKS_PREPARE, BREAKS_PREDICT])
async def test_a_failure_is_logged_without_the_report(
    loop: EngineLoop[FakeReport], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "the customer's name"
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelFailed):
        await loop.summarize(ReportInput(description=f"{text} {secret}"))
    assert "tests/fakes.py" in caplog.text
    assert "Error" in caplog.text
    assert secret not in caplog.text


async def test_too_few_predictions_are_a_failure() -> None:
    class Forgetful(FakeEngine):
        def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
            return super().predict(batch)[1:]

    loop = EngineLoop(Forgetful(), LIMITS)
    with pytest.raises(ModelFailed):
        await loop.summarize(ReportInput(description="x"))
    await loop.close()


async def test_a_cancelled_report_that_waits_never_runs(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    first, gone, kept = await ask_behind_a_running_one(loop, engine, ["gone", "kept"])
    gone.cancel()
    await asyncio.wait([gone])
    assert loop.waiting == 1
    engine.gate.set()
    await asyncio.gather(first, kept)
    assert engine.batches == [["first"], ["kept"]]


async def test_a_cancelled_report_that_runs_is_dropped(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    first, second = await ask_behind_a_running_one(loop, engine, ["second"])
    first.cancel()
    await asyncio.wait([first])
    engine.gate.set()
    summary, _ = await second
    assert summary.actual_behavior == "second"


async def test_a_full_queue_refuses_and_serves_on(
    loop: EngineLoop[FakeReport], engine: FakeEngine
) -> None:
    asked = await ask_behind_a_running_one(loop, engine, list("abcdef"))
    with pytest.raises(QueueFull) as refused:
        await loop.summarize(ReportInput(description="one too many"))
    assert refused.value.retry_after_s == 1
    asked.pop().cancel()
    await eventually(lambda: loop.waiting == 5)
    asked.append(ask(loop, "in the place of the cancelled"))
    engine.gate.set()
    await asyncio.gather(*asked)


async def test_retry_after_is_the_queue_at_the_measured_rate() -> None:
    now = 0.0

    class TakesTenSeconds(FakeEngine):
        def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
            nonlocal now
            now += 10.0
            return super().predict(batch)

    engine = TakesTenSeconds()
    loop = EngineLoop(engine, LIMITS, clock=lambda: now)
    await loop.summarize(ReportInput(description="takes ten seconds"))
    asked = await ask_behind_a_running_one(loop, engine, list("abcdef"))
    with pytest.raises(QueueFull) as refused:
        await loop.summarize(ReportInput(description="one too many"))
    assert refused.value.retry_after_s == 60
    assert "60 s" in refused.value.detail
    engine.gate.set()
    await asyncio.gather(*asked)
    await loop.close()


async def test_closing_fails_who_waits_lets_the_batch_end_and_ends_the_threads() -> None:
    before = set(threading.enumerate())
    engine = FakeEngine()
    loop = EngineLoop(engine, LIMITS)
    first, second = await ask_behind_a_running_one(loop, engine, ["second"])
    closing = asyncio.create_task(loop.close())
    with pytest.raises(NotReady):
        await second
    engine.gate.set()
    summary, _ = await first
    await closing
    assert summary.actual_behavior == "first"
    ended = set(threading.enumerate()) - before
    assert not [thread.name for thread in ended if thread.name.startswith(("model", "report"))]
    with pytest.raises(NotReady):
        await loop.summarize(ReportInput(description="too late"))
