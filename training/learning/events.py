"""What happens in a run, as lines of JSON: written by the worker of rank 0, read by everybody else.

The driver shows them while they are written, and the report of the run is made of them. A run that
goes on appends to its file; what it had done after its last checkpoint is done again.
"""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from schemas.base import Schema
from schemas.summary import FieldName


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Figure = Annotated[float | None, BeforeValidator(_finite)]
"""A number, or None for what is none: JSON has no NaN."""


class Started(Schema):
    """Workers have begun to learn. `pids` are their processes by rank, `hosts` where they are."""

    event: Literal["started"] = "started"
    time: float
    workers: int
    pids: list[int]
    hosts: list[str]
    device: str
    threads: int
    done_steps: int
    total_steps: int
    epochs: int


class Step(Schema):
    """An update of the weights. `step` counts from 1 over the whole run, `epoch` from 1.

    `loss` is the mean over its `examples`. `examples_per_s` and `left_s` are None while no time
    has passed.
    """

    event: Literal["step"] = "step"
    time: float
    epoch: int
    epochs: int
    step: int
    total_steps: int
    loss: Figure
    learning_rate: float
    gradient_norm: Figure
    examples: int
    examples_per_s: float | None
    left_s: float | None


class RightCount(Schema):
    """Of how many records the model is right on how many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.right / self.of


class Epoch(Schema):
    """An epoch that is over. `seconds` are those since it began, or since the run went on.

    `validation_right` counts for each field, as `training.learning.task.Judged` does, validation
    records whose annotation the model could say: it stands in what the model reads, or is written.
    A field of which there is none is not in it.
    """

    event: Literal["epoch"] = "epoch"
    time: float
    epoch: int
    epochs: int
    step: int
    train_loss: Figure
    validation_loss: Figure
    validation_right: dict[FieldName, RightCount] = Field(default_factory=dict)
    examples: int
    seconds: float
    is_best: bool


class HeldOut(Schema):
    """How good the best model is on the held-out records: figures by name, 0 to 1."""

    event: Literal["held_out"] = "held_out"
    time: float
    step: int
    figures: dict[str, float]


class Note(Schema):
    """Something that a person should know."""

    event: Literal["note"] = "note"
    time: float
    text: str


Event = Started | Step | Epoch | HeldOut | Note

_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def parse_event(line: bytes) -> Event:
    """One line of the file."""
    return _ADAPTER.validate_json(line)


class EventLog:
    """Appends events to a file, each at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _end_last_line(path)
        self._file = path.open("ab", buffering=0)

    def write(self, event: Event) -> None:
        """Append an event whole; OSError, and nothing of it, where the disk is full."""
        line = event.model_dump_json().encode() + b"\n"
        end = os.fstat(self._file.fileno()).st_size
        written = 0
        try:
            while written < len(line):
                written += self._file.write(line[written:])
        except OSError:
            self._file.truncate(end)
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _end_last_line(path: Path) -> None:
    """A line that a killed writer left unfinished must not swallow the next one."""
    if path.is_file():
        os.truncate(path, _end_of_last_line(path))


def _end_of_last_line(path: Path) -> int:
    """The offset behind the last line feed; 0 where there is none."""
    return path.read_bytes().rfind(b"\n") + 1 if path.is_file() else 0


class EventReader:
    """Reads a file of events while it is written."""

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        self._path = path
        self._offset = _end_of_last_line(path) if from_end else 0

    def new(self) -> list[Event]:
        """The events since the last call; a line that is not finished yet waits."""
        if not self._path.is_file():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            text = file.read()
        end = text.rfind(b"\n") + 1
        self._offset += end
        return [parse_event(line) for line in text[:end].splitlines()]


class Stretch(Schema):
    """What workers did between one start and the next, or the end.

    `done_steps` had been done before. `seconds` are those until the last step or epoch.
    """

    workers: int
    threads: int
    device: str
    done_steps: int
    seconds: float


@dataclass(frozen=True, slots=True)
class History:
    """What a run came to: each step and epoch once, as it was done last.

    `stretches` are all there were, one for each time that workers were started.
    """

    steps: Sequence[Step]
    epochs: Sequence[Epoch]
    notes: Sequence[Note]
    stretches: Sequence[Stretch]


def history(events: Iterable[Event]) -> History:
    """Put the events of a run and of those times that it went on together."""
    steps: dict[int, Step] = {}
    epochs: dict[int, Epoch] = {}
    notes: list[Note] = []
    begun: list[tuple[Started, float]] = []
    for event in events:
        if isinstance(event, Step):
            steps[event.step] = event
        elif isinstance(event, Epoch):
            epochs[event.epoch] = event
        elif isinstance(event, Note):
            notes.append(event)
        elif isinstance(event, Started):
            begun.append((event, event.time))
            done = event.done_steps
            steps = {step: one for step, one in steps.items() if step <= done}
            epochs = {number: one for number, one in epochs.items() if one.step <= done}
        if begun and isinstance(event, Step | Epoch):
            begun[-1] = (begun[-1][0], event.time)
    return History(
        [steps[step] for step in sorted(steps)],
        [epochs[epoch] for epoch in sorted(epochs)],
        notes,
        [_stretch(started, end) for started, end in begun],
    )


def _stretch(started: Started, end: float) -> Stretch:
    return Stretch(
        workers=started.workers,
        threads=started.threads,
        device=started.device,
        done_steps=started.done_steps,
        seconds=end - started.time,
    )
