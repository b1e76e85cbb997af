"""Keys and values of what is being decoded, allocated once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from summarizer.compiled import compiled
from summarizer.t5.weights import T5
from summarizer.workers import Workers

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

    @property
    def all_tokens(self) -> int:
        """Tokens of sources that fit."""
        return self.slots * self.max_source


class Cache:
    """A slot per source: its cross-attention keys and values once, those of its rows each.

    Per layer, `own` holds keys and values, `[2, rows * heads, keys, width]`, `source_keys`
    `[slots * heads, width, keys]`, the way they are read fastest, and `source_values`
    `[slots * heads, keys, width]`. The sources that are decoded hold the first slots without a gap.
    Memory that no source has reached yet is not taken from the machine.
    """

    def __init__(self, model: T5, sizes: Sizes, workers: Workers) -> None:
        device, heads, width = model.embedding.device, model.heads, model.head_width
        self.sizes = sizes
        self.width = rounded(sizes.max_source)

        def zeros(*shape: int) -> list[Tensor]:
            # Not empty: a weight of zero times whatever lies there must be zero.
            return [
                torch.zeros(shape, dtype=model.attention_type, device=device) for _ in model.decoder
            ]

        self.own = zeros(2, sizes.slots * sizes.rows * heads, sizes.columns, width)
        self.source_keys = zeros(sizes.slots * heads, width, self.width)
        self.source_values = zeros(sizes.slots * heads, self.width, width)
        self.source_mask = torch.zeros(
            (sizes.slots, 1, 1, self.width), dtype=model.attention_type, device=device
        )
        self._write = compiled(model.source_keys, device)
        self._workers = workers

    def store(self, slots: Sequence[int], lengths: Sequence[int], states: Tensor) -> None:
        """Compute and keep the cross-attention keys and values of newly encoded sources.

        `states` are the encoder's, `[tokens, width]`, the sources one after the other.
        """
        write = partial(
            self._write, states, list(slots), list(lengths), self.source_keys, self.source_values
        )
        parts = self._workers.count
        self._workers.run([partial(write, part, parts) for part in range(parts)])
        for slot, length in zip(slots, lengths, strict=True):
            self.source_mask[slot, ..., :length] = 0.0
            self.source_mask[slot, ..., length:] = -torch.inf

    def move(self, source: int, target: int, length: int, age: int) -> None:
        """Give what is in one slot another; `length` and `age` say how much of it is in use."""

        def by_slot(tensor: Tensor) -> Tensor:
            *before, _, keys, width = tensor.shape
            return tensor.view(*before, self.sizes.slots, -1, keys, width)

        for keys, values, own in zip(self.source_keys, self.source_values, self.own, strict=True):
            slots = by_slot(keys)
            slots[target, ..., :length] = slots[source, ..., :length]
            slots = by_slot(values)
            slots[target, :, :length] = slots[source, :, :length]
            slots = by_slot(own)
            slots[:, target, :, :age] = slots[:, source, :, :age]
        self.source_mask[target] = self.source_mask[source]
