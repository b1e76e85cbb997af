"""Training jobs on tiny models, small enough to run in a test's own process."""

from pathlib import Path
from typing import Any

from datasets import Dataset

from schemas.manifest import ModelManifest
from schemas.record import TrainingRecord
from training.learning.events import EventReader, History, history
from training.learning.job import TrainingJob
from training.learning.tasks import base_config, kind_of, load_task
from training.options import TrainingOptions
from training.runs.run_folder import RunFolder

PLACES = ("list", "form", "page", "window", "editor", "menu", "dialog", "report", "file", "order")
CATEGORIES = ["crash", "data"]


def record(number: int) -> TrainingRecord:
    """A record that differs from the others; odd ones are crashes."""
    place = PLACES[number % len(PLACES)]
    return TrainingRecord.model_validate(
        {
            "id": f"report-{number}",
            "input": {
                "description": f"Open the {place} {number}. The {place} crashes. "
                f"The {place} should be saved." + " It is slow." * (number % 4)
            },
            "output": {
                "environment": "",
                "actualBehavior": f"The {place} crashes.",
                "expectedBehavior": f"The {place} should be saved.",
                "bugCategory": CATEGORIES[number % 2],
                "suggestedSolution": "Not stated",
            },
        }
    )


def make_job(folder: Path, base: Path, *, train: int = 24, **given: Any) -> TrainingJob:
    """A job of one worker, with its encoded examples in the folder."""
    options = TrainingOptions.model_validate(
        {
            "dataset": ["unused"],
            "model": str(base),
            "output": folder / "model",
            "epochs": 2,
            "batch_size": 4,
            "learning_rate": 1e-3,
            "no_cuda": True,
            **given,
        }
    )
    task = load_task(options, CATEGORIES)
    run = RunFolder(folder)
    for part, numbers in (("train", range(train)), ("validation", range(train, train + 6))):
        examples = [task.encode(record(number)) for number in numbers]
        Dataset.from_list(examples).save_to_disk(run.examples(part))
    manifest = ModelManifest(
        kind=kind_of(options.model, base_config(options.model)),
        name="tiny",
        version="1",
        base_model="none",
        categories=CATEGORIES,
    )
    return TrainingJob(
        options=options, manifest=manifest, folder=folder, threads=1, update_workers=1
    )


def changed(job: TrainingJob, **given: Any) -> TrainingJob:
    """The same job with other options."""
    return job.model_copy(update={"options": job.options.model_copy(update=given)})


def history_of(job: TrainingJob) -> History:
    """What the job's run came to so far."""
    return history(EventReader(RunFolder(job.folder).events).new())
