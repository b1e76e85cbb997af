"""Keys and values of what is being decoded, allocated once."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from summarizer.t5.weights import T5

VECTOR = 16
"""Lengths of keys are rounded up to this: a whole number of vectors adds up in one order."""


def rounded(length: int) -> int:
    """The columns that are computed for so many keys."""
    return -(-length // VECTOR) * VECTOR


@dataclass(frozen=True, slots=True)
class Sizes:
    """What fits: `slots` sources of `max_source` tokens, each with `rows` answers of `columns`.

    `columns` is a rounded length.
    """

    slots: int
    rows: int
    columns: int
    max_source: int


class Cache:
    """A slot per source: its cross-attention keys and values once, those of its rows each.

    `own` and `cross` hold per layer keys and values, `[2, rows or slots * heads, keys, width]`. The
    sources that are decoded hold the first slots without a gap. Memory that no source has reached
    yet is not taken from the machine.
    """

    def __init__(self, model: T5, sizes: Sizes) -> None:
        device, heads, width = model.embedding.device, model.heads, model.head_width
        self.sizes = sizes
        self.width = rounded(sizes.max_source)

        def zeros(rows: int, keys: int) -> Tensor:
            # Not empty: a weight of zero times whatever lies there must be zero.
            return torch.zeros((2, rows, keys, width), dtype=model.attention_type, device=device)

        layers = range(len(model.decoder))
        self.own = [zeros(sizes.slots * sizes.rows * heads, sizes.columns) for _ in layers]
        self.cross = [zeros(sizes.slots * heads, self.width) for _ in layers]
        self.source_mask = torch.zeros(
            (sizes.slots, 1, 1, self.width), dtype=model.attention_type, device=device
        )
        self._model = model

    def store(self, slots: Sequence[int], lengths: Sequence[int], states: Tensor) -> None:
        """Compute and keep the cross-attention keys and values of newly encoded sources.

        `states` are the encoder's, `[tokens, width]`, the sources one after the other.
        """
        model = self._model
        for layer, cross in zip(model.decoder, self.cross, strict=True):
            both = layer.cross_kv.normed(states, model.epsilon)
            both = both.view(len(states), 2, model.heads, model.head_width).permute(1, 2, 0, 3)
            start = 0
            for slot, length in zip(slots, lengths, strict=True):
                heads = slice(slot * model.heads, (slot + 1) * model.heads)
                cross[:, heads, :length] = both[:, :, start : start + length]
                start += length
        for slot, length in zip(slots, lengths, strict=True):
            self.source_mask[slot, ..., :length] = 0.0
            self.source_mask[slot, ..., length:] = -torch.inf

    def move(self, source: int, target: int, length: int, age: int) -> None:
        """Give what is in one slot another; `length` and `age` say how much of it is in use."""
        heads = self._model.heads
        for tensors, per_slot, used in (
            (self.cross, heads, length),
            (self.own, self.sizes.rows * heads, age),
        ):
            for tensor in tensors:
                slots = tensor.view(2, -1, per_slot, *tensor.shape[2:])
                slots[:, target, :, :used] = slots[:, source, :, :used]
        self.source_mask[target] = self.source_mask[source]
