"""Steps of a training run gathered into updates of the weights."""

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import Accelerator

MAX_GRADIENT_NORM = 1.0


def updates_per_epoch(steps: int, accumulation_steps: int) -> int:
    """How often the weights change in an epoch; what is left of its steps is an update as well."""
    return math.ceil(steps / accumulation_steps)


def update_groups(steps: int, accumulation_steps: int) -> Iterator[tuple[int, bool]]:
    """For each step of an epoch how many steps share its update, and whether it is their last."""
    for first in range(0, steps, accumulation_steps):
        size = min(accumulation_steps, steps - first)
        yield from ((size, at == size - 1) for at in range(size))


class Updater:
    """Changes the weights by the mean gradient of the steps that share an update."""

    def __init__(
        self,
        accelerator: Accelerator,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        schedule: Any,
    ) -> None:
        self._accelerator = accelerator
        self._model = model
        self._optimizer = optimizer
        self._schedule = schedule

    def step(self, loss_of: Callable[[], torch.Tensor], size: int, *, is_last: bool) -> float:
        """Take one of `size` steps that share an update, and the update with the last of them.

        Returns the step's loss. Workers exchange their gradients with the last step only.
        """
        waits = nullcontext() if is_last else self._accelerator.no_sync(self._model)
        with waits:
            loss = loss_of()
            self._accelerator.backward(loss / size)
        if is_last:
            self._accelerator.clip_grad_norm_(self._model.parameters(), MAX_GRADIENT_NORM)
            self._optimizer.step()
            self._schedule.step()
            self._optimizer.zero_grad()
        return float(loss.detach())
