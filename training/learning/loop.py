"""The training loop of one worker. It knows torch, and nothing of what started it.

What is learnt is a function of the examples, the options and the seed: not of the number of
workers, of where a run was interrupted, or of the batches that had to be halved, but for the
rounding of sums.
"""

import math
import os
import random
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_from_disk

from training.learning.batches import Batch, BatchPlan, BatchSize
from training.learning.checkpoints import (
    MODEL_FOLDER,
    CheckpointManifest,
    CheckpointStore,
    DiskFull,
)
from training.learning.events import Epoch, Started, Step
from training.learning.job import TrainingJob
from training.learning.learner import save_state
from training.learning.learners import make_learner
from training.learning.progress import Progress
from training.learning.run_log import RunLog
from training.learning.standing import Standing
from training.learning.tasks import load_task
from training.learning.updates import UpdateFigures, Updater, on_device
from training.learning.validation import validate
from training.learning.workers import Workers
from training.runs.run_folder import RunFolder

STATE_FILE = "trainer.pt"
MOST_UNFIT_UPDATES = 10


def train(job: TrainingJob, after_epoch: Callable[[Epoch], None]) -> str | None:
    """Fine-tune on this worker's share of every update, from the run's latest checkpoint on.

    The worker of rank 0 writes checkpoints and events into the run's folder. Returns None, or why
    the run had to stop before its end, alike on all workers.
    """
    options = job.options
    set_seed(options.seed)
    accelerator = Accelerator(
        cpu=options.no_cuda or not torch.cuda.is_available(),
        mixed_precision=options.mixed_precision,
    )
    torch.set_num_threads(job.threads)
    is_first = accelerator.process_index == 0
    with closing(RunLog(RunFolder(job.folder).events if is_first else None)) as log:
        return Loop(job, accelerator, log).run(after_epoch)


class Loop:
    """A run on one worker, where it stands, and what it needs to go on."""

    def __init__(self, job: TrainingJob, accelerator: Accelerator, log: RunLog) -> None:
        options, folder = job.options, RunFolder(job.folder)
        self._options = options
        self._manifest = job.manifest
        self._accelerator = accelerator
        self._workers = Workers(accelerator)
        self._log = log
        self._store = CheckpointStore(folder.checkpoints, log.say)
        self._task = load_task(options, job.manifest.categories)
        self._task.model.to(accelerator.device)
        self._train: Any = load_from_disk(str(folder.examples("train")))
        self._validation: Any = load_from_disk(str(folder.examples("validation")))
        size = BatchSize(options.batch_size, options.batch_tokens)
        per_update = options.accumulation_steps * job.update_workers
        self._plan = BatchPlan(list(self._train["length"]), size, per_update, options.seed)
        judged = BatchPlan(list(self._validation["length"]), size, per_update, options.seed)
        self._judged = [batch for update in judged.updates(0) for batch in update]
        self._total = sum(len(self._plan.updates(epoch)) for epoch in range(options.epochs))
        self._learner, gradients = make_learner(self._task, options, self._total, accelerator)
        self._updater = Updater(
            accelerator,
            self._workers,
            gradients,
            self._learner.optimizer,
            options.max_gradient_norm,
        )
        self._standing = self._resume()
        self._updater.most_examples = self._standing.most_examples
        self._write_started(job.threads)
        self._saved_at = time.monotonic()

    def run(self, after_epoch: Callable[[Epoch], None]) -> str | None:
        """Learn until the last epoch, or until there is a reason to stop, which is returned."""
        progress = Progress(self._total, time.monotonic(), self._standing.update)
        while self._standing.epoch < self._options.epochs and not self._is_patience_over():
            began = time.monotonic()
            updates = self._plan.updates(self._standing.epoch)
            for batches in updates[self._standing.update_of_epoch :]:
                stop = self._learn(batches, progress)
                if stop is not None:
                    return stop
            epoch, stop = self._end_epoch(began)
            if epoch is None or stop is not None:
                return stop
            after_epoch(epoch)
        return self._workers.from_first(self._log.problem)

    def _learn(self, batches: Sequence[Batch], progress: Progress) -> str | None:
        """One update, and a checkpoint where it is time for one; why to stop."""
        self._task.model.train()
        is_due = time.monotonic() - self._saved_at > self._options.checkpoint_every_s
        rate = self._learner.set_rate(self._standing.update)
        figures = self._updater.update(
            batches,
            self._training_loss,
            wants_checkpoint=is_due and self._workers.is_first,
            wants_stop=self._log.problem is not None,
        )
        self._standing.add(figures, self._updater.most_examples)
        if figures.stops:
            found = self._workers.gather(self._log.problem or self._updater.problem)
            return next(filter(None, found), "a worker stopped without a reason")
        if self._standing.unfit_updates >= MOST_UNFIT_UPDATES:
            return (
                f"the gradients of {MOST_UNFIT_UPDATES} updates in a row are no numbers; begin a "
                "new run with a lower --learning-rate or --max-gradient-norm, or with "
                "--mixed-precision no"
            )
        self._write_step(figures, rate, progress)
        return self._checkpoint(None) if figures.checkpoints else None

    def _end_epoch(self, began: float) -> tuple[Epoch | None, str | None]:
        """Validate, and keep a checkpoint; the epoch, and why to stop, alike on all workers."""
        standing = self._standing
        train_loss, examples = standing.mean_loss, standing.examples
        with self._accelerator.autocast():
            loss, right = validate(
                self._task, self._judged, partial(self._batch, self._validation), self._workers
            )
        if not math.isfinite(loss):
            return None, (
                f"the validation loss after epoch {standing.epoch + 1} is no number; begin a new "
                "run with a lower --learning-rate"
            )
        is_best = standing.end_epoch(loss)
        epoch = Epoch(
            time=time.time(),
            epoch=standing.epoch,
            epochs=self._options.epochs,
            step=standing.update,
            train_loss=train_loss,
            validation_loss=loss,
            validation_right=right,
            examples=examples,
            seconds=time.monotonic() - began,
            is_best=is_best,
        )
        # Before its checkpoint: where that does not come to be, the epoch is done and told again.
        self._log.write(epoch)
        stop = self._checkpoint(loss)
        is_early = self._is_patience_over() and standing.epoch < self._options.epochs
        if stop is None and is_early:
            self._log.say(
                f"the validation loss has not fallen for {self._options.patience} epochs: the "
                f"run ends after epoch {standing.epoch}"
            )
        return epoch, stop

    def _is_patience_over(self) -> bool:
        patience = self._options.patience
        return patience > 0 and self._standing.epochs_without_better >= patience

    def _training_loss(self, batch: Batch) -> torch.Tensor:
        if self._options.dropout:
            # What is dropped depends on what is learnt from, not on who learns it.
            name = f"{self._options.seed}/{self._standing.update}/{batch[0]}"
            torch.manual_seed(random.Random(name).getrandbits(63))
        return self._task.loss(self._batch(self._train, batch))

    def _batch(self, examples: Any, batch: Batch) -> dict[str, torch.Tensor]:
        collated = self._task.collate(examples.__getitems__(list(batch)))
        return on_device(collated, self._workers.device)

    def _checkpoint(self, validation_loss: float | None) -> str | None:
        """Write a checkpoint, with the model after an epoch; why the run must stop, if it must."""
        state = self._learner.state(self._standing, self._accelerator.scaler)
        weights = None if validation_loss is None else self._learner.model_weights()
        stop = None
        if self._workers.is_first:
            try:
                self._save(state, weights, validation_loss)
            except DiskFull as error:
                stop = error.detail
        self._saved_at = time.monotonic()
        return self._workers.from_first(stop)

    def _save(
        self,
        state: dict[str, Any],
        weights: Mapping[str, torch.Tensor] | None,
        validation_loss: float | None,
    ) -> None:
        def write(folder: Path) -> None:
            save_state(state, folder / STATE_FILE)
            if weights is not None:
                self._task.save(folder / MODEL_FOLDER, self._manifest, weights)

        model_bytes = sum(4 * weight.numel() for weight in (weights or {}).values())
        self._store.save(
            CheckpointManifest(
                epoch=self._standing.epoch,
                update=self._standing.update,
                validation_loss=validation_loss,
                files={},
            ),
            write,
            self._learner.state_bytes + model_bytes,
        )

    def _resume(self) -> Standing:
        """Go on from the latest whole checkpoint, which rank 0 chooses for all."""
        found: str | None = None
        if self._workers.is_first:
            for orphan in self._store.remove_orphans():
                self._log.say(f"removed {orphan.name}, a checkpoint that was interrupted")
            # Looked at as well, so that it pushes out no sound one if it is damaged.
            self._store.best()
            latest = self._store.latest()
            found = str(latest.folder) if latest else None
        folder = self._workers.from_first(found)
        if folder is None:
            if self._log.was_begun():
                self._log.say("begins again at step 1: the workers before left no whole checkpoint")
            return Standing()
        standing = self._learner.load(Path(folder) / STATE_FILE, self._accelerator.scaler)
        self._log.say(f"goes on from the checkpoint of step {standing.update} of {self._total}")
        return standing

    def _write_started(self, threads: int) -> None:
        everybody = self._workers.gather((os.getpid(), socket.gethostname()))
        self._log.write(
            Started(
                time=time.time(),
                workers=self._workers.count,
                pids=[pid for pid, _ in everybody],
                hosts=[host for _, host in everybody],
                device=str(self._workers.device),
                threads=threads,
                done_steps=self._standing.update,
                total_steps=self._total,
                epochs=self._options.epochs,
            )
        )

    def _write_step(self, figures: UpdateFigures, rate: float, progress: Progress) -> None:
        standing = self._standing
        if figures.halved:
            self._log.say(
                f"step {standing.update}: a batch did not fit into the memory of {figures.halved} "
                "worker(s), which halve their batches from now on"
            )
        if standing.unfit_updates:
            self._log.say(f"step {standing.update} is left out: its gradients are no numbers")
        speed = progress.update(standing.update, figures.examples, time.monotonic())
        self._log.write(
            Step(
                time=time.time(),
                epoch=standing.epoch + 1,
                epochs=self._options.epochs,
                step=standing.update,
                total_steps=self._total,
                loss=figures.loss,
                learning_rate=rate,
                gradient_norm=figures.gradient_norm,
                examples=figures.examples,
                examples_per_s=speed.examples_per_s,
                left_s=speed.left_s,
            )
        )
