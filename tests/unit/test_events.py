"""The events of a run: written a line at a time, read while they are written."""

import io
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from training.learning.events import (
    Epoch,
    Event,
    EventLog,
    EventReader,
    HeldOut,
    Note,
    Started,
    Step,
    history,
)


def started(done_steps: int = 0) -> Started:
    return Started(
        time=1.0,
        workers=1,
        pids=[7],
        hosts=["here"],
        device="cpu",
        threads=1,
        done_steps=done_steps,
        total_steps=10,
        epochs=2,
    )


def step(number: int, loss: float = 1.0) -> Step:
    return Step(
        time=2.0,
        epoch=1,
        epochs=2,
        step=number,
        total_steps=10,
        loss=loss,
        learning_rate=1e-4,
        gradient_norm=0.5,
        examples=8,
        examples_per_s=None,
        left_s=None,
    )


def epoch(number: int) -> Epoch:
    return Epoch(
        time=3.0,
        epoch=number,
        epochs=2,
        step=5 * number,
        train_loss=1.0,
        validation_loss=0.9,
        examples=40,
        seconds=2.0,
        is_best=True,
    )


def note(text: str) -> Note:
    return Note(time=4.0, text=text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "events.jsonl"


def write(path: Path, *events: Event) -> None:
    log = EventLog(path)
    for event in events:
        log.write(event)
    log.close()


def test_events_come_back_as_they_were(path: Path) -> None:
    events: list[Event] = [started(), step(1), note("halved"), epoch(1)]
    write(path, *events)
    assert EventReader(path).new() == events


def test_a_reader_sees_each_event_once_while_they_are_written(path: Path) -> None:
    reader = EventReader(path)
    assert reader.new() == []
    log = EventLog(path)
    log.write(step(1))
    assert reader.new() == [step(1)]
    assert reader.new() == []
    log.write(step(2))
    log.write(step(3))
    assert reader.new() == [step(2), step(3)]
    log.close()


def test_a_line_that_is_not_finished_waits(path: Path) -> None:
    write(path, step(1))
    line = step(2).model_dump_json()
    with path.open("a") as file:
        file.write(line[:10])
    reader = EventReader(path)
    assert reader.new() == [step(1)]
    with path.open("a") as file:
        file.write(f"{line[10:]}\n")
    assert reader.new() == [step(2)]


def test_a_line_that_a_killed_writer_left_is_cut_off(path: Path) -> None:
    write(path, step(1))
    with path.open("a") as file:
        file.write('{"event":"step","ti')
    write(path, step(2))
    assert EventReader(path).new() == [step(1), step(2)]


def test_an_event_that_finds_no_room_leaves_nothing(path: Path) -> None:
    log = EventLog(path)
    log.write(note("here"))
    before = path.read_bytes()

    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            if len(data) <= 10:
                raise OSError(28, "No space left on device")
            return int(super().write(data[: len(data) - 10]))

    log.close()
    log._file = Full(path, "ab")
    with closing(log), pytest.raises(OSError, match="No space"):
        log.write(note("here"))
    assert path.read_bytes() == before


def test_a_reader_may_begin_at_the_end(path: Path) -> None:
    write(path, step(1))
    reader = EventReader(path, from_end=True)
    write(path, step(2))
    assert reader.new() == [step(2)]


def test_a_reader_that_begins_at_the_end_survives_a_line_that_is_cut_off(path: Path) -> None:
    write(path, step(1))
    with path.open("a") as file:
        file.write('{"event":"step","ti')
    reader = EventReader(path, from_end=True)
    write(path, step(2))
    assert reader.new() == [step(2)]


def test_a_loss_that_is_no_number_is_written_as_json(path: Path) -> None:
    write(path, step(1, float("nan")))
    assert b"NaN" not in path.read_bytes()
    (found,) = EventReader(path).new()
    assert isinstance(found, Step)
    assert found.loss is None


def test_what_is_done_again_counts_once() -> None:
    told = history(
        [
            started(),
            *(step(number, 1.0) for number in range(1, 9)),
            epoch(1),
            note("a worker died"),
            started(done_steps=5),
            step(6, 2.0),
            step(7, 2.0),
        ]
    )
    assert [(one.step, one.loss) for one in told.steps] == [
        (1, 1.0),
        (2, 1.0),
        (3, 1.0),
        (4, 1.0),
        (5, 1.0),
        (6, 2.0),
        (7, 2.0),
    ]
    assert [one.epoch for one in told.epochs] == [1]
    assert [one.text for one in told.notes] == ["a worker died"]


def test_what_workers_did_is_told_for_each_start() -> None:
    told = history(
        [
            started(),
            step(1).model_copy(update={"time": 5.0}),
            # Said before the second start, a day later.
            note("goes on").model_copy(update={"time": 86_400.0}),
            started(done_steps=1).model_copy(update={"time": 86_401.0, "workers": 2}),
            epoch(1).model_copy(update={"time": 86_408.0}),
            HeldOut(time=99_999.0, step=5, figures={}),
        ]
    )
    assert [(one.workers, one.done_steps, one.seconds) for one in told.stretches] == [
        (1, 0, 4.0),
        (2, 1, 7.0),
    ]


def test_a_start_that_came_to_nothing_took_no_time() -> None:
    assert [one.seconds for one in history([started(), note("lost")]).stretches] == [0.0]
