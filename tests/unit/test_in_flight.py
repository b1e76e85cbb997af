"""The abstractive engine under any schedule: what is said of a report is said in any company."""

from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.engine import FieldPrediction, Prediction, Progress, predict_all
from summarizer.engines.abstractive import AbstractiveEngine
from summarizer.writing_input import WritingInput
from tests.tiny_models import REPORT_TEXTS, make_t5
from tests.unit.test_seq2seq_engines import load_stepwise, random_reports, vary

SLOTS = 4
REPORTS = [
    *random_reports(10),
    ReportInput(description=" ".join(REPORT_TEXTS * 3)),
    ReportInput(description="Crash."),
]


@pytest.fixture(scope="module", params=["float32", "int8"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AbstractiveEngine:
    torch.set_num_threads(1)
    folder: Path = tmp_path_factory.mktemp("t5")
    engine = load_stepwise(make_t5, folder, precision=request.param, slots=SLOTS)
    vary(engine)
    return engine


@pytest.fixture(scope="module")
def prepared(engine: AbstractiveEngine) -> list[WritingInput]:
    return [engine.prepare(report) for report in REPORTS]


@pytest.fixture(scope="module")
def alone(engine: AbstractiveEngine, prepared: list[WritingInput]) -> list[Prediction]:
    return [predict_all(engine, [item])[0] for item in prepared]


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("admit"), st.integers(0, len(REPORTS) - 1)),
        st.tuples(st.just("admit two"), st.integers(0, len(REPORTS) - 2)),
        st.tuples(st.just("step"), st.integers(1, 4)),
        st.tuples(st.just("cancel"), st.integers(0, SLOTS - 1)),
    ),
    min_size=3,
    max_size=40,
)


class Audience:
    """Admits and cancels reports, and checks all that is said of them."""

    def __init__(
        self, engine: AbstractiveEngine, prepared: list[WritingInput], alone: list[Prediction]
    ) -> None:
        self._engine = engine
        self._prepared = prepared
        self._alone = alone
        self._said: dict[int, dict[FieldName, FieldPrediction]] = {}
        self.running: dict[int, int] = {}

    def admit(self, *indexes: int) -> None:
        free = SLOTS - len(self.running)
        batch = {len(self._said) + place: index for place, index in enumerate(indexes[:free])}
        self.running.update(batch)
        self._said.update({ticket: {} for ticket in batch})
        self._hear(
            self._engine.admit({ticket: self._prepared[index] for ticket, index in batch.items()})
        )

    def step(self) -> None:
        self._hear(self._engine.step())

    def cancel(self, number: int) -> None:
        if number < len(self.running):
            ticket = list(self.running)[number]
            del self.running[ticket]
            self._engine.drop({ticket})

    def _hear(self, progress: list[Progress]) -> None:
        for each in progress:
            assert each.ticket in self.running, "a report that has left still speaks"
            said = self._said[each.ticket]
            assert not said.keys() & each.fields.keys(), "a field is said twice"
            said.update(each.fields)
            if each.done:
                assert said == self._alone[self.running.pop(each.ticket)]


def steps_of(engine: AbstractiveEngine, item: WritingInput) -> int:
    engine.admit({0: item})
    steps = 0
    while engine.live_rows:
        engine.step()
        steps += 1
    return steps


@settings(max_examples=60, deadline=None)
@given(actions=ACTIONS)
def test_no_schedule_changes_an_answer(
    engine: AbstractiveEngine,
    prepared: list[WritingInput],
    alone: list[Prediction],
    actions: list[tuple[str, int]],
) -> None:
    audience = Audience(engine, prepared, alone)
    for action, number in actions:
        if action == "admit":
            audience.admit(number)
        elif action == "admit two":
            audience.admit(number, number + 1)
        elif action == "step":
            for _ in range(number):
                audience.step()
        else:
            audience.cancel(number)
    while engine.live_rows:
        audience.step()
    assert not audience.running


def test_more_reports_than_slots_are_refused_and_harm_nothing(
    engine: AbstractiveEngine, prepared: list[WritingInput], alone: list[Prediction]
) -> None:
    engine.admit({0: prepared[0]})
    with pytest.raises(ValueError, match="4 reports for 3 free slots"):
        engine.admit({1: prepared[1], 2: prepared[2], 3: prepared[3], 4: prepared[4]})
    said: dict[FieldName, FieldPrediction] = {}
    while engine.live_rows:
        for each in engine.step():
            said.update(each.fields)
    assert said == alone[0]


@pytest.mark.parametrize(
    ("joining", "moves"), [((4, 5), 0), ((4,), 1), ((), 1)], ids=["both", "one", "none"]
)
def test_only_slots_that_nobody_takes_are_moved_into(
    engine: AbstractiveEngine,
    prepared: list[WritingInput],
    alone: list[Prediction],
    joining: tuple[int, ...],
    moves: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of four reports the second and the third leave; the fourth moves where there is a gap."""
    moved = Mock(wraps=engine._cache.move)
    monkeypatch.setattr(engine._cache, "move", moved)
    audience = Audience(engine, prepared, alone)
    longest = max(range(len(prepared)), key=lambda index: steps_of(engine, prepared[index]))
    audience.admit(*[longest] * SLOTS)
    audience.step()
    assert len(audience.running) == SLOTS
    audience.cancel(1)
    audience.cancel(1)
    audience.admit(*joining)
    audience.step()
    assert moved.call_count == moves
    while engine.live_rows:
        audience.step()


def test_a_step_without_reports_says_nothing(engine: AbstractiveEngine) -> None:
    assert engine.live_rows == 0
    assert engine.step() == []
    engine.drop({1, 2})


def test_fields_are_said_as_they_are_finished(
    engine: AbstractiveEngine, prepared: list[WritingInput]
) -> None:
    """A marker ends a row in its first step, a text goes on."""
    spoke = []
    for ticket, item in enumerate(prepared):
        engine.admit({ticket: item})
        times = 0
        while engine.live_rows:
            times += len(engine.step())
        spoke.append(times)
    assert max(spoke) > 1
