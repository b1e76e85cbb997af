"""The layers of a T5-family model. They can be compiled.

A decoder step may feed a row several tokens, the later ones guessed, each in a round of its own:
what the model says after a guess counts only where the guess was right.

All sums over keys run in one order that does not depend on the neighbours:

- keys are added in chunks, because MKL cuts longer sums according to the whole length;
- attention is computed for all rows of a source, the finished ones too, because the kernel depends
  on their number.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from summarizer.linear import Linear
from summarizer.packed import PackedLayer


class FeedForward(nn.Module):
    """Two matrices around an activation; where it is gated, the first holds gate and input."""

    def __init__(
        self, inner: Linear, outer: Linear, activation: nn.Module, gated: bool, epsilon: float
    ) -> None:
        super().__init__()
        self.inner = inner
        self.outer = outer
        self.activation = activation
        self.gated = gated
        self.epsilon = epsilon

    def add_to(self, x: Tensor) -> None:
        """Add the layer's output to the residual `x`, `[rows, width]`."""
        hidden = self.inner.normed(x, self.epsilon)
        if self.gated:
            gate, linear = hidden.chunk(2, dim=1)
            hidden = self.activation(gate).mul_(linear)
        else:
            hidden = self.activation(hidden)
        self.outer.add_to(x, hidden)


class Shape(NamedTuple):
    """Of attention: its heads, their width, and `empty` of the type that it is computed in."""

    heads: int
    width: int
    empty: Tensor


class EncoderLayer(PackedLayer):
    """Self-attention and feed-forward. `table` is the number of its biases among those of all."""

    def __init__(
        self, qkv: Linear, out: Linear, feed_forward: FeedForward, table: int, shape: Shape
    ) -> None:
        super().__init__(shape.heads, shape.width)
        self.qkv = qkv
        self.out = out
        self.feed_forward = feed_forward
        self.table = table
        self.empty = shape.empty
        self.epsilon = feed_forward.epsilon

    def project(self, x: Tensor) -> Tensor:
        """Query, key and value, side by side."""
        return self.qkv.normed(x, self.epsilon).to(self.empty.dtype)

    def attend(self, qkv: Tensor, biases: list[Tensor], first: int) -> Tensor:
        """One source."""
        by_head = qkv.permute(1, 2, 0, 3)
        query, key, value = by_head[0], by_head[1], by_head[2]
        bias = biases[self.table][first : first + len(query)]
        scores = torch.baddbmm(bias, query, key.transpose(1, 2))
        return torch.bmm(_weights(scores), value).transpose(0, 1)

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """Add what follows the attention, in place."""
        self.out.add_to(x, attended)
        self.feed_forward.add_to(x)
        return x


class Round(NamedTuple):
    """One token of each of some rows: their queries are computed together.

    They are the step's tokens from `start` to `end`. `rows` are those of them among all rows of all
    sources, or None where there is one of each. `biases` are those of the scores of all rows,
    `[rows * heads, 1, columns]`, by the number of the bias table.
    """

    start: int
    end: int
    rows: Tensor | None
    biases: list[Tensor]


class Step(NamedTuple):
    """Some sources' part of a decoder step, by itself.

    `x` are the embedded tokens, round after round. By layer, `cached` holds all keys and values
    there are, `[places, width]`, of which the new ones go to those `written`; `own` those of the
    rows, `[rows * heads, ...]`, and `cross` those of the sources, `[sources * heads, ...]`: keys
    `[..., width, keys]` and values `[..., keys, width]`. `queries`, `[rows, heads * width]`, are
    room for those of all rows.
    """

    x: Tensor
    rounds: list[Round]
    written: Tensor
    cached: list[Tensor]
    own: list[tuple[Tensor, Tensor]]
    cross: list[tuple[Tensor, Tensor]]
    source_mask: Tensor
    queries: Tensor


class DecoderLayer(nn.Module):
    """Self-attention, cross-attention and feed-forward.

    `table` is the number of its biases among those of all layers.
    """

    def __init__(
        self,
        qkv: Linear,
        out: Linear,
        cross_q: Linear,
        cross_out: Linear,
        feed_forward: FeedForward,
        table: int,
        shape: Shape,
    ) -> None:
        super().__init__()
        self.qkv = qkv
        self.out = out
        self.cross_q = cross_q
        self.cross_out = cross_out
        self.feed_forward = feed_forward
        self.table = table
        self.heads = shape.heads
        self.width = shape.width
        self.empty = shape.empty
        self.epsilon = feed_forward.epsilon

    def forward(self, x: Tensor, number: int, step: Step) -> None:
        """Change the residual `x`, `[tokens, width]`; this is the layer of that number."""
        self._attend_self(x, number, step)
        self._attend_source(x, number, step)
        self.feed_forward.add_to(x)

    def _attend_self(self, x: Tensor, number: int, step: Step) -> None:
        inner = self.heads * self.width
        qkv = self.qkv.normed(x, self.epsilon).to(self.empty.dtype)
        new = qkv[:, inner:].reshape(-1, self.width)
        step.cached[number].index_copy_(0, step.written, new)
        keys, values = step.own[number]
        parts: list[Tensor] = []
        for one in step.rounds:
            queries = _everyone(qkv[one.start : one.end, :inner], one, step)
            by_head = queries.reshape(-1, 1, self.width)
            attended = _attend(by_head, keys, values, one.biases[self.table])
            parts.append(_asked(attended.view(-1, inner), one))
        self.out.add_to(x, _joined(parts))

    def _attend_source(self, x: Tensor, number: int, step: Step) -> None:
        heads, width = self.heads, self.width
        queries = self.cross_q.normed(x, self.epsilon).to(self.empty.dtype)
        keys, values = step.cross[number]
        per_source = len(step.queries) * heads // len(keys)
        parts: list[Tensor] = []
        for one in step.rounds:
            everyone = _everyone(queries[one.start : one.end], one, step)
            by_source = everyone.view(-1, per_source, heads, width).transpose(1, 2)
            attended = _attend(
                by_source.reshape(-1, per_source, width), keys, values, step.source_mask
            )
            by_row = attended.view(-1, heads, per_source, width).transpose(1, 2)
            parts.append(_asked(by_row.reshape(-1, heads * width), one))
        self.cross_out.add_to(x, _joined(parts))


class SourceKeys(nn.Module):
    """The keys and values of sources in the cross-attention of all layers.

    Each of `layers` gives both of the encoder's states before their last normalization.
    """

    def __init__(self, layers: Sequence[Linear], shape: Shape, epsilon: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.heads = shape.heads
        self.width = shape.width
        self.epsilon = epsilon

    def forward(
        self,
        states: Tensor,
        slots: list[int],
        lengths: list[int],
        keys: list[Tensor],
        values: list[Tensor],
        part: int,
        parts: int,
    ) -> None:
        """Write those of one of several parts of the layers to some slots.

        `states` are those of all tokens of sources of some lengths. By layer, `keys` are `[slots *
        heads, width, keys]` and `values` the same with the last two turned.
        """
        heads, width = self.heads, self.width
        for number, layer in enumerate(self.layers):
            if number % parts == part:
                start = 0
                for slot, length in zip(slots, lengths):  # noqa: B905 - TorchScript's has no more
                    both = layer.normed(states[start : start + length], self.epsilon)  # type: ignore[operator]
                    by_head = both.view(length, 2, heads, width).permute(1, 2, 0, 3)
                    first, last = slot * heads, (slot + 1) * heads
                    keys[number][first:last, :, :length] = by_head[0].transpose(1, 2)
                    values[number][first:last, :length] = by_head[1]
                    start += length


class DecoderLayers(nn.Module):
    """All layers of a decoder."""

    def __init__(self, layers: Sequence[DecoderLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, step: Step) -> Tensor:
        """The last states, `[tokens, width]`, before the last normalization."""
        x = step.x
        for number, layer in enumerate(self.layers):
            layer(x, number, step)
        return x


def _everyone(queries: Tensor, one: Round, step: Step) -> Tensor:
    """The queries of all rows; those of rows not in the round are left over from others."""
    rows = one.rows
    if rows is None:
        return queries
    return step.queries.index_copy_(0, rows, queries)


def _asked(attended: Tensor, one: Round) -> Tensor:
    rows = one.rows
    return attended if rows is None else attended[rows]


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _attend(query: Tensor, keys: Tensor, values: Tensor, bias: Tensor, chunk: int = 128) -> Tensor:
    """`[batch, queries, width]` over keys `[batch, width, keys]` and values, bias added."""
    weights = _weights(torch.baddbmm(bias, query, keys))
    if keys.shape[2] <= chunk:
        return torch.bmm(weights, values)
    total = torch.bmm(weights[..., :chunk], values[:, :chunk])
    for start in range(chunk, keys.shape[2], chunk):
        end = start + chunk
        total.baddbmm_(weights[..., start:end], values[:, start:end])
    return total


def _weights(scores: Tensor) -> Tensor:
    if scores.dtype == torch.float32:
        return torch.softmax(scores, -1)
    return torch.softmax(scores, -1, dtype=torch.float32).to(scores.dtype)
