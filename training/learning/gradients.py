"""The gradients of all trained weights as one vector, which workers add up in one exchange.

`DistributedDataParallel` would exchange them piece by piece while they are computed. Here every
worker may compute as many batches as it has, none included, and may begin an update anew when its
memory does not suffice, without the others waiting for a piece that never comes.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
import torch.distributed
from torch import Tensor, nn

FIGURES = 5
"""Numbers that are added up along with the gradients, see `GradientVector.add_up`."""


class Gradients(Protocol):
    """What an update asks of the gradients of the trained weights.

    `in_step` says that all workers must compute their batches at the same time.
    """

    in_step: bool

    def clear(self) -> None:
        """Begin anew: all zero."""
        ...

    def add_up(self, figures: Sequence[float]) -> list[float]:
        """Add up the gradients and some figures over all workers.

        Every worker must call it as often as the others. Returns the sums of the figures.
        """
        ...

    def scale(self, factor: float) -> None:
        """Multiply every gradient."""
        ...

    def clip(self, max_norm: float) -> float:
        """Shorten them, as one vector, to `max_norm`; returns the norm that it had."""
        ...


class GradientVector:
    """Holds the gradients of weights, which point into it, and room for a few figures.

    All weights are on one device; the vector is in float32 also where they are not.
    """

    in_step = False

    def __init__(self, weights: Sequence[nn.Parameter]) -> None:
        if not weights:
            raise ValueError("no weights to train")
        self._weights = weights
        count = sum(weight.numel() for weight in weights)
        self._vector = torch.zeros(count + FIGURES, device=weights[0].device)
        self._gradients = self._vector[:count]
        self._figures = self._vector[count:]
        start = 0
        for weight in weights:
            end = start + weight.numel()
            # Autograd adds to a gradient that is there, in place.
            weight.grad = self._vector[start:end].view_as(weight)
            start = end

    def clear(self) -> None:
        """Begin anew: all zero."""
        self._vector.zero_()

    def add_up(self, figures: Sequence[float]) -> list[float]:
        """Add up the gradients and some figures over all workers.

        Every worker must call it as often as the others. Returns the sums of the figures.
        """
        if len(figures) > FIGURES:
            raise ValueError(f"{len(figures)} figures, and there is room for {FIGURES}")
        padded = [*figures, *[0.0] * (FIGURES - len(figures))]
        self._figures.copy_(torch.tensor(padded, device=self._figures.device))
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(self._vector)
        sums: list[float] = self._figures.tolist()
        return sums[: len(figures)]

    def scale(self, factor: float) -> None:
        """Multiply every gradient."""
        self._gradients.mul_(factor)

    def clip(self, max_norm: float) -> float:
        """Shorten the vector to `max_norm` where it is longer; returns the norm that it had."""
        norm = float(self._gradients.norm())
        if norm > max_norm:
            self._gradients.mul_(max_norm / norm)
        return norm


def spread_from_first(weights: Sequence[Tensor]) -> None:
    """Give every worker the weights of the one of rank 0."""
    if torch.distributed.is_initialized():
        for weight in weights:
            torch.distributed.broadcast(weight.detach(), src=0)
