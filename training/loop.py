"""The training loop of one worker, as Ray Train runs it."""

import math
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import ray.train
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_from_disk
from ray.train import Checkpoint
from safetensors.torch import load_model
from torch.utils.data import DataLoader
from transformers import get_linear_schedule_with_warmup

from schemas.manifest import ModelManifest
from training.options import TrainingOptions
from training.progress import Progress
from training.sampler import LengthBucketedBatchSampler
from training.task import Task
from training.tasks import load_task
from training.updates import Updater, update_groups, updates_per_epoch

STATE_FILE = "trainer.pt"
MODEL_FOLDER = "model"
SHOW_EVERY_S = 5.0


def train_worker(config: dict[str, Any]) -> None:
    """Fine-tune on this worker's share of every batch.

    `config` holds `options` and `manifest` as JSON objects, the folders `train` and `validation`
    of encoded examples, and the CPU `threads` of a worker. After every epoch the worker of rank 0
    reports the losses with a checkpoint that holds a whole model folder and what is needed to go
    on from it.
    """
    options = TrainingOptions.model_validate(config["options"])
    manifest = ModelManifest.model_validate(config["manifest"])
    set_seed(options.seed)
    torch.set_num_threads(config["threads"])
    accelerator = Accelerator(
        cpu=options.no_cuda or not torch.cuda.is_available(),
        mixed_precision=options.mixed_precision,
    )
    task = load_task(options, manifest.categories)
    bare_model = task.model
    train, sampler = _loader(config["train"], task, options, accelerator)
    validation, _ = _loader(config["validation"], task, options, accelerator)
    optimizer, schedule = _optimizer(bare_model, options, len(sampler))
    first_epoch = _resume(bare_model, optimizer, schedule)
    task.model, optimizer = accelerator.prepare(bare_model, optimizer)
    updater = Updater(accelerator, task.model, optimizer, schedule)
    reporter = _Reporter(options, len(sampler), first_epoch, accelerator)

    for epoch in range(first_epoch, options.epochs):
        sampler.set_epoch(epoch)
        task.model.train()
        groups = update_groups(len(sampler), options.accumulation_steps)
        for batch, (size, is_last) in zip(train, groups, strict=True):
            on_device = _on(accelerator.device, batch)
            loss = updater.step(partial(task.loss, on_device), size, is_last=is_last)
            reporter.step_done(loss, schedule.get_last_lr()[0])
        validation_loss = _validation_loss(task, validation, accelerator)
        metrics = {"epoch": epoch + 1, "validation_loss": validation_loss}
        if not accelerator.is_main_process:
            ray.train.report(metrics)
            continue
        state = {
            "epoch": epoch + 1,
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
        }
        with tempfile.TemporaryDirectory() as folder:
            _save(Path(folder), task, bare_model, manifest, state)
            ray.train.report(metrics, checkpoint=Checkpoint.from_directory(folder))


class _Reporter:
    """Prints the progress line of the worker of rank 0, every few seconds and at an epoch's end."""

    def __init__(
        self, options: TrainingOptions, epoch_steps: int, first_epoch: int, accelerator: Accelerator
    ) -> None:
        self._silent = not accelerator.is_main_process
        self._epoch_steps = epoch_steps
        self._step = first_epoch * epoch_steps
        self._examples_per_step = options.batch_size * accelerator.num_processes
        self._shown_at = time.monotonic()
        total_steps = epoch_steps * options.epochs
        self._progress = Progress(total_steps, options.epochs, self._shown_at, self._step)

    def step_done(self, loss: float, learning_rate: float) -> None:
        """Take note of a step, and print where the run stands if it is time to."""
        now = time.monotonic()
        self._step += 1
        point = self._progress.update(self._step, loss, self._examples_per_step, now, learning_rate)
        due = now - self._shown_at >= SHOW_EVERY_S or self._step % self._epoch_steps == 0
        if due and not self._silent:
            self._shown_at = now
            # `print` of a worker is shown twice: Ray copies it to its log, which is shown as well.
            sys.stdout.write(f"{point.to_line()}\n")
            sys.stdout.flush()


def _optimizer(
    model: torch.nn.Module, options: TrainingOptions, epoch_steps: int
) -> tuple[torch.optim.Optimizer, Any]:
    """AdamW, with a learning rate that rises and then falls to 0 over the whole run."""
    optimizer = torch.optim.AdamW(
        [weight for weight in model.parameters() if weight.requires_grad],
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
    )
    updates = updates_per_epoch(epoch_steps, options.accumulation_steps) * options.epochs
    schedule = get_linear_schedule_with_warmup(  # type: ignore[no-untyped-call]
        optimizer, math.ceil(options.warmup_share * updates), updates
    )
    return optimizer, schedule


def _loader(
    folder: str, task: Task, options: TrainingOptions, accelerator: Accelerator
) -> tuple[DataLoader[Any], LengthBucketedBatchSampler]:
    examples = load_from_disk(folder)
    sampler = LengthBucketedBatchSampler(
        list(examples["length"]),
        options.batch_size,
        accelerator.process_index,
        accelerator.num_processes,
        options.seed,
    )
    return DataLoader(examples, batch_sampler=sampler, collate_fn=task.collate), sampler


def _on(device: torch.device, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.to(device) for name, tensor in batch.items()}


def _validation_loss(task: Task, loader: DataLoader[Any], accelerator: Accelerator) -> float:
    """The mean loss over the validation batches of all workers."""
    task.model.eval()
    with torch.inference_mode():
        losses = [task.loss(_on(accelerator.device, batch)) for batch in loader]
    return float(accelerator.reduce(torch.stack(losses).mean(), reduction="mean"))


def _save(
    folder: Path,
    task: Task,
    bare_model: torch.nn.Module,
    manifest: ModelManifest,
    state: dict[str, Any],
) -> None:
    """Write a whole model folder, and what is needed to go on from it."""
    wrapped, task.model = task.model, bare_model
    task.save(folder / MODEL_FOLDER, manifest)
    task.model = wrapped
    torch.save(state, folder / STATE_FILE)


def _resume(model: torch.nn.Module, optimizer: Any, schedule: Any) -> int:
    """Go on from the run's last checkpoint after a failure; returns the epoch to start with."""
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is None:
        return 0
    with checkpoint.as_directory() as folder:
        load_model(model, Path(folder) / MODEL_FOLDER / "model.safetensors")
        state = torch.load(Path(folder) / STATE_FILE, weights_only=True)
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return int(state["epoch"])
