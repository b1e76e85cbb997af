"""One update of the weights: the batches of a worker, halved where the memory does not suffice."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from training.learning.batches import Batch, share
from training.learning.gradients import Gradients
from training.learning.workers import Workers

LossOf = Callable[[Batch], Tensor]
"""Computes the mean loss of the examples of a batch."""

_CPU_OUT_OF_MEMORY = ("DefaultCPUAllocator: can't allocate memory", "not enough memory")


@dataclass(frozen=True, slots=True)
class UpdateFigures:
    """What an update came to, over all workers.

    `loss` is the mean over the `examples`. `gradient_norm` is that before clipping; not finite
    where a loss was not, and then the weights were left as they were. `halved` workers had to halve
    their batches; `checkpoints` and `stops` count the workers that asked for one.
    """

    loss: float
    examples: int
    gradient_norm: float
    halved: int
    checkpoints: int
    stops: int


class Updater:
    """Changes the weights by the mean gradient of the examples of an update.

    `most_examples` is how many examples are computed at once; it is halved, for the rest of the
    run, when a batch does not fit into the memory. `problem` says why this worker cannot go on.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        workers: Workers,
        gradients: Gradients,
        optimizer: Any,
        max_gradient_norm: float,
    ) -> None:
        self._accelerator = accelerator
        self._workers = workers
        self._gradients = gradients
        self._optimizer = optimizer
        self._max_norm = max_gradient_norm
        self.most_examples: int | None = None
        self.problem: str | None = None

    def update(
        self,
        batches: Sequence[Batch],
        loss_of: LossOf,
        *,
        wants_checkpoint: bool = False,
        wants_stop: bool = False,
    ) -> UpdateFigures:
        """Compute this worker's share of the batches, add up with the others, change the weights.

        Where a single example does not fit into the memory `problem` says so, and the weights are
        left as they were; the others learn of it by `stops`.
        """
        before = self.most_examples
        loss_sum, examples = self._backward(batches, loss_of)
        asked = (
            float(self.most_examples != before),
            float(wants_checkpoint),
            float(wants_stop or self.problem is not None),
        )
        total_loss, total, halved, checkpoints, stops = self._gradients.add_up(
            [loss_sum, examples, *asked]
        )
        norm = math.nan if stops else self._step(total)
        loss = total_loss / total if total else math.nan
        return UpdateFigures(
            loss, round(total), norm, round(halved), round(checkpoints), round(stops)
        )

    def _step(self, examples: float) -> float:
        """Change the weights; returns the norm of the mean gradient."""
        self._gradients.scale(1 / examples)
        scaler = self._accelerator.scaler
        if scaler is not None:
            # With fp16 the gradients are those of a scaled loss.
            scaler.unscale_(self._optimizer)
        norm = self._gradients.clip(self._max_norm)
        if scaler is not None:
            scaler.step(self._optimizer)
            scaler.update()
        elif math.isfinite(norm):
            self._optimizer.step()
        return norm

    def _backward(self, batches: Sequence[Batch], loss_of: LossOf) -> tuple[float, int]:
        """Gradients of the summed loss of this worker's batches; that sum, and its examples.

        A batch that does not fit makes all of them begin anew, since half of its gradients may
        have been added already.
        """
        mine = share(batches, self._workers.rank, self._workers.count)
        if self._gradients.in_step:
            return self._backward_in_step(batches, mine, loss_of)
        while True:
            self._gradients.clear()
            try:
                losses = [self._add(part, loss_of) for part in self._parts(mine)]
                return math.fsum(losses), sum(map(len, mine))
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
            # Outside of the handler, whose traceback holds the tensors that are to be freed.
            if not self._halve(max(map(len, self._parts(mine)))):
                self._gradients.clear()
                return 0.0, 0

    def _backward_in_step(
        self, batches: Sequence[Batch], mine: Sequence[Batch], loss_of: LossOf
    ) -> tuple[float, int]:
        """The same where all workers compute a batch at the same time, or none does."""
        self._gradients.clear()
        losses = [self._add(batch, loss_of) for batch in mine]
        for _ in range(len(share(batches, 0, self._workers.count)) - len(mine)):
            self._add(batches[0], loss_of, weight=0.0)
        return math.fsum(losses), sum(map(len, mine))

    def _parts(self, batches: Sequence[Batch]) -> list[Batch]:
        most = self.most_examples
        if most is None:
            return list(batches)
        return [
            batch[start : start + most] for batch in batches for start in range(0, len(batch), most)
        ]

    def _add(self, batch: Batch, loss_of: LossOf, weight: float = 1.0) -> float:
        with self._accelerator.autocast():
            loss = loss_of(batch) * (len(batch) * weight)
        scaler = self._accelerator.scaler
        scaled = loss if scaler is None else scaler.scale(loss)
        scaled.backward()
        return float(loss.detach())

    def _halve(self, examples: int) -> bool:
        """Compute fewer at once from now on; False where it was only one."""
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if examples == 1:
            self.problem = (
                "one report alone does not fit into the memory; lower --max-source-tokens, or "
                "train with --lora-rank or --frozen-layers"
            )
            return False
        self.most_examples = examples // 2
        return True


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch says that it got no memory, of a GPU or of the machine."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return any(sign in str(error) for sign in _CPU_OUT_OF_MEMORY)


def on_device(batch: Mapping[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    """The same batch on a device."""
    return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
