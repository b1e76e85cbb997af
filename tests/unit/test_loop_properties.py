"""Any history of arrivals, cancellations, lengths and faults, in the scheduler and the loop."""

import asyncio
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ModelFailed, QueueFull
from summarizer.engine import Progress
from summarizer.live import LiveReports, Prepared
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits, Scheduler
from tests.asking import Asked, ask
from tests.fakes import BREAKS_PREDICT, BREAKS_STEP, FakeDecodingEngine, FakeReport

LIMITS = st.builds(
    Limits,
    max_batch_size=st.integers(1, 4),
    max_batch_tokens=st.integers(4, 40),
    max_waiting=st.integers(1, 12),
    window=st.integers(1, 8),
)


class Checking(FakeDecodingEngine):
    """Fails a step in which more runs than the limits allow."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self.admitted: Counter[int] = Counter()
        self.padded: dict[int, int] = {}

    def admit(self, reports: Mapping[int, FakeReport]) -> list[Progress]:
        told = super().admit(reports)
        self.admitted.update(reports.keys())
        longest = max(report.token_count for report in reports.values())
        self.padded.update(dict.fromkeys(reports, longest))
        return told

    def within_limits(self) -> bool:
        tokens = [self.padded[ticket] for ticket in self._live]
        fits = len(tokens) <= self.limits.max_batch_size
        return len(tokens) < 2 or (fits and sum(tokens) <= self.limits.max_batch_tokens)

    def step(self) -> list[Progress]:
        assert self.within_limits()
        return super().step()


@dataclass
class Simulation:
    """The scheduler and the live reports without threads, as the model's thread drives them."""

    limits: Limits
    passed: dict[int, int] = field(default_factory=dict)
    """Of those who wait, oldest first: how many may still be admitted before them."""
    answered: Counter[int] = field(default_factory=Counter)
    running: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.engine = Checking(self.limits)
        self.scheduler: Scheduler[Prepared[FakeReport]] = Scheduler(self.limits)
        self.live = LiveReports(self.engine, self.limits)

    def arrive(self, words: int, steps: int) -> None:
        try:
            ticket = self.scheduler.join()
        except QueueFull:
            assert len(self.passed) == self.limits.max_waiting
            return
        report = FakeReport(f"steps={steps} " + "w " * (words - 1))
        self.scheduler.ready(ticket, Prepared(report, 0.0, math.inf), report.token_count)
        self.passed[ticket] = len(self.passed) + 1

    def leave(self, ticket: int) -> None:
        waited = self.passed.pop(ticket, None) is not None
        assert self.scheduler.leave(ticket) == waited
        if not waited:
            self.live.drop([ticket])
            self.running.discard(ticket)

    def turn(self) -> None:
        batch = self.scheduler.take(self.live.free_slots, self.live.free_tokens)
        if self.passed and not batch:
            assert self.running, "nothing runs, and nobody is admitted"
        if batch:
            assert next(iter(self.passed)) in {entry.ticket for entry in batch}
            for entry in batch:
                del self.passed[entry.ticket]
            for ticket, admissions in self.passed.items():
                assert admissions > 1, "it waits longer than promised"
                self.passed[ticket] = admissions - 1
            self.running |= {entry.ticket for entry in batch}
            assert self.live.admit(batch, lambda _: False) == []
        for ticket, said in self.live.step():
            assert isinstance(said, Progress)
            if said.done:
                self.running.remove(ticket)
                self.answered[ticket] += 1
        assert set(self.live.tickets) == self.running


@settings(deadline=None)
@given(
    LIMITS,
    st.lists(
        st.one_of(
            st.tuples(st.just("arrive"), st.integers(1, 50), st.integers(1, 9)),
            st.tuples(st.just("leave"), st.integers(0, 30), st.just(0)),
            st.tuples(st.just("turn"), st.integers(1, 4), st.just(0)),
        ),
        max_size=60,
    ),
)
def test_nobody_is_lost_and_nobody_starves(
    limits: Limits, history: list[tuple[str, int, int]]
) -> None:
    simulation = Simulation(limits)
    left = set()
    for event, number, steps in history:
        if event == "arrive":
            simulation.arrive(number, steps)
        elif event == "leave":
            simulation.leave(number)
            left.add(number)
        else:
            for _ in range(number):
                simulation.turn()
    while simulation.passed or simulation.running:
        simulation.turn()
    assert set(simulation.answered.values()) <= {1}
    assert set(simulation.engine.admitted) - simulation.answered.keys() <= left
    assert simulation.live.free_tokens == limits.max_batch_tokens


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(1, 50), st.integers(1, 6)),
        st.tuples(st.just("ask " + BREAKS_PREDICT), st.integers(1, 9), st.integers(1, 6)),
        st.tuples(st.just("ask " + BREAKS_STEP), st.integers(1, 9), st.integers(1, 6)),
        st.tuples(st.just("cancel"), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("step"), st.integers(1, 5), st.just(0)),
        st.tuples(st.just("turn"), st.integers(1, 5), st.just(0)),
    ),
    max_size=40,
)


async def live_through(
    engine: Checking, limits: Limits, actions: list[tuple[str, int, int]]
) -> tuple[list[str], list[Asked]]:
    """Do all that, then let everything end. Who asked what."""
    loop = EngineLoop(engine, limits)
    engine.hold()
    texts: list[str] = []
    asked: list[Asked] = []
    for action, number, steps in actions:
        if action.startswith("ask"):
            texts.append(f"{action} n={len(texts)} steps={steps} " + "w " * number)
            asked.append(ask(loop, texts[-1]))
        elif action == "cancel" and number < len(asked):
            asked[number].cancel()
        elif action == "step":
            engine.allow(number)
        for _ in range(number if action == "turn" else 0):
            await asyncio.sleep(0)
    engine.release()
    await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 20)
    await asyncio.wait_for(loop.close(), 20)
    assert loop.waiting == 0
    return texts, asked


@settings(deadline=None)
@given(LIMITS, ACTIONS)
def test_every_report_has_its_own_answer_or_a_reason(
    limits: Limits, actions: list[tuple[str, int, int]]
) -> None:
    engine = Checking(limits)
    texts, asked = asyncio.run(live_through(engine, limits, actions))
    any_broke = any(BREAKS_STEP in text for text in texts)
    for text, report in zip(texts, asked, strict=True):
        if report.cancelled():
            continue
        error = report.exception()
        if error is None:
            assert report.result()[0].actual_behavior == text.strip()
        elif BREAKS_PREDICT in text or any_broke:
            assert isinstance(error, ModelFailed | QueueFull)
            assert not isinstance(error.__cause__, AssertionError)
        else:
            assert isinstance(error, QueueFull)
    assert engine.live_rows == 0
    assert set(engine.admitted.values()) <= {1}
