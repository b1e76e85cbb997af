"""What a training run did and what came out, as one self-contained page."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from schemas.base import Schema
from schemas.summary import FieldName
from training.evaluation.evaluation import Evaluation
from training.evaluation.evaluation_page import evaluation_values
from training.evaluation.examples import Example
from training.evaluation.plots import line_plot
from training.learning.events import Epoch, Step, Stretch
from training.learning.progress import clock
from training.pages import write_page
from training.runs.provenance import Provenance


class RunSummary(Schema):
    """All that the page of a run shows, as plain data.

    `options` are the run's settings, without anything secret. `part_sizes` counts the records of
    each part of the data, `categories` those of the training part. `best_epoch` is the one whose
    checkpoint was kept. `stretches` say on what it was trained, one for each start.
    """

    name: str
    model: str
    started: str
    options: dict[str, Any]
    data_hash: str | None
    part_sizes: dict[str, int]
    categories: dict[str, int]
    data_notes: list[str]
    run_notes: list[str]
    provenance: Provenance
    best_epoch: int | None = None
    epochs: list[Epoch]
    steps: list[Step]
    stretches: list[Stretch]
    evaluation: Evaluation
    examples: list[Example]


def write_run_page(path: Path, run: RunSummary) -> None:
    """Write the page; its folder is made where there is none."""
    values = evaluation_values(run.evaluation, run.examples) | {
        "title": f"Run {run.name}",
        "run": run,
        "trained": _trained(run.stretches),
        "loss_by_step": _by_step(run.steps, "loss"),
        "rate_by_step": _by_step(run.steps, "learning rate"),
        "loss_by_epoch": _loss_by_epoch(run.epochs),
        "right_by_epoch": _right_by_epoch(run.epochs),
        "fields": [field.value for field in FieldName],
        "categories": sorted(run.categories.items(), key=lambda pair: (-pair[1], pair[0])),
    }
    write_page(path, "report.html", values)


def _trained(stretches: Sequence[Stretch]) -> list[str]:
    """On what a run was trained and how long, in a sentence for each start."""
    sentences = []
    for one in stretches:
        begin = f"From step {one.done_steps + 1} on trained" if one.done_steps else "Trained"
        workers, threads = _counted(one.workers, "worker"), _counted(one.threads, "thread")
        sentences.append(
            f"{begin} by {workers} of {threads} each on {one.device} in {_duration(one.seconds)}."
        )
    if len(stretches) > 1:
        sentences.append(f"In all {_duration(sum(one.seconds for one in stretches))}.")
    return sentences


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _duration(seconds: float) -> str:
    unit = "hours" if round(seconds) >= 3600 else "minutes"
    return f"{clock(seconds)} {unit}"


def _by_step(steps: Sequence[Step], what: str) -> Markup | None:
    points = [
        (float(one.step), value)
        for one in steps
        if (value := one.loss if what == "loss" else one.learning_rate) is not None
    ]
    if not points:
        return None
    across, up = zip(*points, strict=True)
    return line_plot({what: (list(across), list(up))}, across="step", up=what)


def _loss_by_epoch(epochs: Sequence[Epoch]) -> Markup | None:
    losses = [{"training": one.train_loss, "validation": one.validation_loss} for one in epochs]
    return _by_epoch(epochs, losses, "loss")


def _right_by_epoch(epochs: Sequence[Epoch]) -> Markup | None:
    shares: list[Mapping[str, float | None]] = [
        {field.value: count.share for field, count in one.validation_right.items()}
        for one in epochs
    ]
    return _by_epoch(epochs, shares, "share that is right")


def _by_epoch(
    epochs: Sequence[Epoch], values: Iterable[Mapping[str, float | None]], up: str
) -> Markup | None:
    """A line for each name, over the epochs that have a value for it."""
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for one, named in zip(epochs, values, strict=True):
        for name, value in named.items():
            if value is not None:
                across, found = lines.setdefault(name, ([], []))
                across.append(float(one.epoch))
                found.append(value)
    if not lines:
        return None
    return line_plot(lines, across="epoch", up=up, marked=tuple(lines))
