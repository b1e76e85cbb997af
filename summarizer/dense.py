"""Dense layers, packed for serving: a matrix, a bias and perhaps an activation.

A row of the result depends on the same row of the input only, to the last bit on a CPU.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from summarizer.linear import Linear, Packer

_pad = torch.nn.functional.pad

Activation = Callable[[Tensor], Tensor]

VECTOR = 32
"""Floats that torch's loops take at a time; what is left over they compute in another way."""
_GRAIN = 32_768
"""Elements from which torch splits an elementwise operation over its threads."""


class Dense(nn.Module):
    """`[rows, inputs]` to `[rows, outputs]`. It can be compiled."""

    def __init__(self, matrix: Linear, bias: Tensor) -> None:
        super().__init__()
        self.matrix = matrix
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output."""
        return self.matrix.biased(x, self.bias)


def dense(layer: Any, pack: Packer) -> Dense:
    """A linear layer of torch, as it is."""
    return Dense(pack(layer.weight.detach()), layer.bias.detach())


def side_by_side(layers: Sequence[Any], pack: Packer) -> Dense:
    """Linear layers of torch that read the same rows as one layer.

    Behind their outputs are zeros, up to a whole number of vectors.
    """
    weight, bias = _joined(layers)
    more = -len(bias) % VECTOR
    return Dense(pack(_pad(weight, (0, 0, 0, more))), _pad(bias, (0, more)))


def behind(layers: Sequence[Any], pack: Packer) -> Dense:
    """Linear layers of torch that read what `side_by_side` gives, as one layer."""
    weight, bias = _joined(layers)
    return Dense(pack(_pad(weight, (0, -weight.shape[1] % VECTOR))), bias)


def _joined(layers: Sequence[Any]) -> tuple[Tensor, Tensor]:
    weights = [layer.weight.detach() for layer in layers]
    return torch.cat(weights), torch.cat([layer.bias.detach() for layer in layers])


def activated(activation: Activation, x: Tensor) -> Tensor:
    """The activation of `[rows, width]`, each row as if it stood alone.

    The width must be a whole number of vectors: torch computes elements that do not fill one in
    another way, which may differ in the last bit.
    """
    if x.device.type != "cpu":
        return activation(x)
    rows = _evenly_shared(len(x), x.shape[1])
    return activation(_pad(x, (0, 0, 0, rows - len(x))))[: len(x)]


def _evenly_shared(rows: int, width: int) -> int:
    """The least number of rows from this one on of which torch's threads get whole ones."""
    threads = torch.get_num_threads()
    while rows % max(1, min(threads, -(-rows * width // _GRAIN))):
        rows += 1
    return rows
