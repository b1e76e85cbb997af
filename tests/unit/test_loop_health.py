"""The loop's health: what a model that keeps failing, or a bug, does to it and to the reports."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Collection, Mapping

import pytest

from schemas.errors import ModelFailed, ModelUnhealthy
from schemas.report import ReportInput
from summarizer.engine import Progress
from summarizer.live import MAX_FAILED_STEPS
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits
from tests.asking import Asked, ask, ask_behind_a_running_one, ready
from tests.fakes import (
    BREAKS_PREDICT,
    BREAKS_PREPARE,
    BREAKS_STEP,
    FakeDecodingEngine,
    FakeEngine,
    FakeReport,
)
from tests.project import ROOT
from tests.waiting import eventually

LIMITS = Limits(max_batch_size=8, max_batch_tokens=1_000, max_waiting=10)


@pytest.fixture(params=[FakeEngine, FakeDecodingEngine], ids=["one shot", "decoding"])
async def loop(request: pytest.FixtureRequest) -> AsyncIterator[EngineLoop[FakeReport]]:
    loop: EngineLoop[FakeReport] = EngineLoop(request.param(), LIMITS)
    yield loop
    await loop.close()


async def fail(loop: EngineLoop[FakeReport], text: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ModelFailed):
            await loop.summarize(ReportInput(description=text))


def is_unhealthy(loop: EngineLoop[FakeReport]) -> bool:
    try:
        loop.check_health()
    except ModelUnhealthy:
        return True
    return False


async def test_a_model_that_fails_again_and_again_is_unhealthy_until_it_works(
    loop: EngineLoop[FakeReport],
) -> None:
    await fail(loop, BREAKS_PREDICT, MAX_FAILED_STEPS - 1)
    loop.check_health()
    await fail(loop, BREAKS_PREDICT, 1)
    with pytest.raises(ModelUnhealthy):
        loop.check_health()
    await loop.summarize(ReportInput(description="a good one"))
    loop.check_health()


async def test_failures_between_successes_are_no_illness(loop: EngineLoop[FakeReport]) -> None:
    for _ in range(MAX_FAILED_STEPS):
        await fail(loop, BREAKS_PREDICT, 1)
        await loop.summarize(ReportInput(description="a good one"))
    loop.check_health()


async def test_reports_that_cannot_be_prepared_say_nothing_of_the_model(
    loop: EngineLoop[FakeReport],
) -> None:
    await fail(loop, BREAKS_PREPARE, MAX_FAILED_STEPS)
    loop.check_health()


async def test_steps_that_fail_count_though_the_admissions_before_them_work() -> None:
    loop = EngineLoop(FakeDecodingEngine(), LIMITS)
    await fail(loop, BREAKS_STEP, MAX_FAILED_STEPS)
    with pytest.raises(ModelUnhealthy):
        loop.check_health()
    await loop.summarize(ReportInput(description="a good one"))
    loop.check_health()
    await loop.close()


async def test_an_admission_of_several_bad_reports_counts_once() -> None:
    engine = FakeEngine()
    loop = EngineLoop(engine, LIMITS)
    asked = await ask_behind_a_running_one(loop, engine, [BREAKS_PREDICT] * MAX_FAILED_STEPS)
    engine.gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers[1:]] == [ModelFailed] * MAX_FAILED_STEPS
    loop.check_health()
    await loop.close()


async def test_a_model_that_does_not_come_back_is_unhealthy_until_it_does() -> None:
    now = 0.0
    engine = FakeEngine()
    loop = EngineLoop(engine, LIMITS, clock=lambda: now, longest_turn_s=10)
    now = 100
    loop.check_health()
    engine.gate.clear()
    asked = ask(loop, "takes long")
    await eventually(engine.running.is_set)
    now = 110
    loop.check_health()
    now = 111
    with pytest.raises(ModelUnhealthy, match="does not come back"):
        loop.check_health()
    engine.gate.set()
    await asked
    await eventually(lambda: not is_unhealthy(loop))
    now = 200
    loop.check_health()
    await loop.close()


async def test_an_engine_that_forgets_a_report_fails_it() -> None:
    class Forgetful(FakeDecodingEngine):
        def admit(self, reports: Mapping[int, FakeReport]) -> list[Progress]:
            return []

    loop = EngineLoop(Forgetful(), LIMITS)
    await fail(loop, "forgotten", 1)
    await loop.close()


class Buggy(FakeDecodingEngine):
    """Breaks its contract when a report leaves."""

    def drop(self, tickets: Collection[int]) -> None:
        raise SystemExit("not even an Exception")


async def test_a_bug_that_ends_the_thread_fails_everyone_and_is_told() -> None:
    engine = Buggy()
    engine.hold()
    loop = EngineLoop(engine, Limits(max_batch_size=2))
    running = ask(loop, "running")
    await eventually(engine.at_step.is_set)
    leaves, waits = ask(loop, "leaves"), ask(loop, "waits")
    await ready(loop, 2)
    engine.allow()
    await eventually(engine.at_step.is_set)
    leaves.cancel()
    await asyncio.wait([leaves])
    engine.release()
    for report in (running, waits):
        with pytest.raises(ModelUnhealthy):
            await report
    with pytest.raises(ModelUnhealthy):
        loop.check_health()
    with pytest.raises(ModelUnhealthy):
        await loop.summarize(ReportInput(description="comes later"))
    await asyncio.wait_for(loop.close(), 20)
    assert loop.waiting == 0


async def test_a_report_that_is_being_prepared_when_the_thread_ends_fails_too() -> None:
    prepares = threading.Event()

    class Slow(Buggy):
        def prepare(self, report: ReportInput) -> FakeReport:
            if report.description == "prepared late":
                assert prepares.wait(20)
            return super().prepare(report)

    engine = Slow()
    engine.hold()
    loop = EngineLoop(engine, LIMITS)
    leaves = ask(loop, "leaves")
    await eventually(engine.at_step.is_set)
    late = ask(loop, "prepared late")
    leaves.cancel()
    await asyncio.wait([leaves])
    engine.release()
    with pytest.raises(ModelUnhealthy):
        await late
    prepares.set()
    await asyncio.wait_for(loop.close(), 20)


def test_the_thread_ends_where_the_event_loop_was_closed_under_it() -> None:
    engine = FakeDecodingEngine()
    engine.hold()
    loop = EngineLoop(engine, LIMITS)

    async def leave_in_the_middle() -> Asked:
        asked = ask(loop, "asked steps=1000000")
        await eventually(engine.at_step.is_set)
        return asked

    event_loop = asyncio.new_event_loop()
    asked = event_loop.run_until_complete(leave_in_the_middle())
    asked._log_destroy_pending = False  # type: ignore[attr-defined]
    event_loop.close()
    thread = loop._model_thread._thread
    assert thread is not None
    # The first field finds nobody; what runs is not run to its end for nobody either.
    engine.release()
    thread.join(20)
    assert not thread.is_alive()
    assert len(engine.steps) < 10
    with pytest.raises(RuntimeError, match="Event loop is closed"):
        asked.get_coro().close()


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "not closed"])
def test_an_interpreter_ends_whether_its_loop_was_closed_or_not(closed: bool) -> None:
    code = (
        "import asyncio\n"
        "from schemas.report import ReportInput\n"
        "from summarizer.engines.mock import MockEngine\n"
        "from summarizer.loop import EngineLoop\n"
        "from summarizer.scheduler import Limits\n"
        "async def main():\n"
        "    loop = EngineLoop(MockEngine(), Limits())\n"
        "    await loop.summarize(ReportInput(description='x'))\n"
        f"    {'await loop.close()' if closed else 'pass'}\n"
        "asyncio.run(main())\n"
        "print('end')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("end\n", "")
