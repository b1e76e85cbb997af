"""What changes while a model learns: its weights, its optimizer and its learning rate."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.learning.schedule import Schedule
from training.learning.standing import Standing
from training.options import TrainingOptions

_BYTES_PER_WEIGHT = 3 * 4
"""A weight and the two moments of AdamW, in float32."""


class Learner:
    """A model's trained weights with AdamW and a learning rate that rises first.

    `updates` is how many the whole run has.
    """

    fused = True
    """Whether all weights are changed in one operation, which takes a fifth of the time."""

    def __init__(self, model: nn.Module, options: TrainingOptions, updates: int) -> None:
        self.model = model
        self.weights = {
            name: weight for name, weight in model.named_parameters() if weight.requires_grad
        }
        self.optimizer = torch.optim.AdamW(
            self.weights.values(),
            lr=options.learning_rate,
            weight_decay=options.weight_decay,
            fused=self.fused,
        )
        self._schedule = Schedule(
            options.schedule,
            options.learning_rate,
            math.ceil(options.warmup_share * updates),
            updates,
        )

    def set_rate(self, update: int) -> float:
        """Take the learning rate of an update, which counts from 0; returns it."""
        rate = self._schedule.rate(update)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    @property
    def state_bytes(self) -> int:
        """About how large a saved state is."""
        return _BYTES_PER_WEIGHT * sum(weight.numel() for weight in self.weights.values())

    def state(self, standing: Standing, scaler: Any) -> dict[str, Any]:
        """What `load` goes on from. Every worker must ask for it, where the model is sharded."""
        weights, optimizer = self._parts()
        return {
            "weights": weights,
            "optimizer": optimizer,
            "standing": standing.to_dict(),
            "scaler": scaler.state_dict() if scaler is not None else {},
        }

    def load(self, path: Path, scaler: Any) -> Standing:
        """Go on from a saved state; returns where the run stood."""
        state = torch.load(path, weights_only=True, map_location="cpu")
        self._set_parts(state["weights"], state["optimizer"])
        if scaler is not None:
            scaler.load_state_dict(state["scaler"])
        return Standing(**state["standing"])

    def model_weights(self) -> dict[str, torch.Tensor]:
        """All weights of the model, for its folder. As `state`, it is for every worker to ask."""
        return dict(self.model.state_dict())

    def _parts(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        weights = {name: weight.detach() for name, weight in self.weights.items()}
        return weights, self.optimizer.state_dict()

    def _set_parts(self, weights: Mapping[str, torch.Tensor], optimizer: dict[str, Any]) -> None:
        self._set_weights(weights)
        self.optimizer.load_state_dict(optimizer)

    def _check_names(self, saved: Mapping[str, torch.Tensor]) -> None:
        if saved.keys() != self.weights.keys():
            raise ValueError("the checkpoint is of another model, or of other trained weights")

    @torch.no_grad()
    def _set_weights(self, saved: Mapping[str, torch.Tensor]) -> None:
        self._check_names(saved)
        for name, weight in self.weights.items():
            weight.copy_(saved[name])


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a state into a file; OSError where the disk is full."""
    # torch would hide what the system says of a full disk if it opened the file itself.
    with path.open("wb") as file:
        torch.save(state, file)
