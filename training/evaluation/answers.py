"""What a model folder answers on records: by the engine and the loop that serve."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from schemas.errors import SummarizerError
from schemas.record import TrainingRecord
from schemas.summary import Details, FieldName, Summary
from summarizer.engine import Engine
from summarizer.folder import DEFAULT_LIMITS, load_engine
from summarizer.linear import Precision
from summarizer.loop import EngineLoop
from summarizer.scheduler import Limits
from summarizer.threads import on_passing_thread

NO_ANSWER = "(the model failed)"


@dataclass(frozen=True, slots=True)
class Setup:
    """How a model is run. The limits are those that a service has unless it is told others."""

    device: str
    threads: int
    precision: Precision = "auto"
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one report.

    Without `summary`, the model failed on it and `failure` says how, in words that hold nothing of
    the report. `details` is None for what has no confidences, as the baselines.
    """

    summary: Summary | None
    details: Details | None = None
    failure: str | None = None

    def said(self, field: FieldName) -> str:
        """What it says of a field, for people."""
        return self.summary.by_field()[field] if self.summary else NO_ANSWER


def answers(folder: Path, records: Iterable[TrainingRecord], setup: Setup) -> list[Answer]:
    """The answers of a model, in the order of the records, as a service would give them.

    A report on which the model fails costs its own answer and no other. Raises ModelFolderError
    where the folder cannot be loaded, and ValueError for a precision that the device lacks.
    """
    engine = on_passing_thread(
        lambda: load_engine(
            folder,
            "auto",
            setup.device,
            setup.threads,
            precision=setup.precision,
            limits=setup.limits,
        )
    )
    return asyncio.run(answers_of(engine, records, setup.limits))


async def answers_of(
    engine: Engine[Any], records: Iterable[TrainingRecord], limits: Limits
) -> list[Answer]:
    """The same of an engine that is loaded. No more records are held than may wait.

    A step that fails takes along all that ran in it, so reports that failed are asked once more,
    each alone: what fails then is the culprit.
    """
    loop = EngineLoop(engine, limits)
    room = asyncio.Semaphore(limits.max_waiting)
    found: dict[int, Answer] = {}
    again: dict[int, TrainingRecord] = {}

    async def answer(at: int, record: TrainingRecord) -> None:
        found[at] = await _answer(loop, record)
        if found[at].summary is None:
            again[at] = record
        room.release()

    try:
        async with asyncio.TaskGroup() as group:
            for at, record in enumerate(records):
                await room.acquire()
                group.create_task(answer(at, record))
        for at, record in again.items():
            found[at] = await _answer(loop, record)
    finally:
        await loop.close()
    return [found[at] for at in range(len(found))]


async def _answer(loop: EngineLoop[Any], record: TrainingRecord) -> Answer:
    try:
        return Answer(*await loop.summarize(record.input))
    except SummarizerError as error:
        return Answer(None, failure=error.detail)


def free_threads() -> int:
    """Threads for the model: one core is left for the rest of the machine."""
    return max(1, torch.get_num_threads() - 1)


def device_for(*, no_cuda: bool) -> str:
    """Where an evaluation runs: a GPU where there is one that may be used."""
    return "cuda" if torch.cuda.is_available() and not no_cuda else "cpu"
