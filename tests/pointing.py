"""A tiny encoder that has learnt to point, and what it learnt."""

from pathlib import Path

import torch

from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from summarizer.engines.extractive import ExtractiveEngine
from summarizer.folder import load_engine
from tests.tiny_models import make_bert
from training.learning.pointing import PointingTask
from training.learning.tasks import load_task
from training.options import TrainingOptions

CATEGORIES = ["crash", "ui"]


def record(description: str, **output: str) -> TrainingRecord:
    """A record of which every field that is not given is `Not stated`."""
    fields = {name.value: output.get(name.value, NOT_STATED) for name in FieldName}
    return TrainingRecord.model_validate({"input": {"description": description}, "output": fields})


RECORDS = [
    record(
        "I open the list. The app crashes. It should show ten rows. I use Linux.",
        environment="I use Linux.",
        actualBehavior="The app crashes.",
        expectedBehavior="It should show ten rows.",
        bugCategory="crash",
    ),
    record(
        "The title is cut off. Make the window small.",
        actualBehavior="The title is cut off.",
        bugCategory="ui",
    ),
    record(
        "Press save. The dialog covers the form. Restarting helps.",
        actualBehavior="The dialog covers the form.",
        bugCategory="ui",
        suggestedSolution="Restarting helps.",
    ),
    record(
        "The server must answer. The browser crashes on start.",
        actualBehavior="The browser crashes on start.",
        expectedBehavior="The server must answer.",
        bugCategory="crash",
    ),
]


def learnt_task(folder: Path) -> PointingTask:
    """A tiny encoder, made in `folder`, that learnt the records by heart."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    options = TrainingOptions(
        dataset=("unused",),
        model=str(make_bert(folder)),
        output=Path("unused"),
    )
    task = load_task(options, CATEGORIES)
    assert isinstance(task, PointingTask)
    batch = task.collate([task.encode(one) for one in RECORDS])
    optimizer = torch.optim.AdamW(task.model.parameters(), lr=5e-3)
    task.model.train()
    for _ in range(80):
        optimizer.zero_grad()
        loss = task.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert float(loss.detach()) < 0.1
    return task


def learnt_engine(task: PointingTask, folder: Path) -> ExtractiveEngine:
    """The engine of a task that was saved in `folder`."""
    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE, name="tiny", version="1", base_model="b", categories=CATEGORIES
    )
    task.save(folder, manifest)
    engine = load_engine(folder, "auto", "cpu", 1)
    assert isinstance(engine, ExtractiveEngine)
    return engine
