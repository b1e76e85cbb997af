"""One decoder step for all living rows, whatever their ages and sources.

A step may feed a row several tokens, the later ones guessed: what the model says after a guess
counts only where the guess was right.

Rows of different age are side by side: T5 knows positions by distance only, so each row counts its
own, and columns that it has not reached are masked. All sums over keys run in one order that does
not depend on the neighbours:

- keys are added in chunks, because MKL cuts longer sums according to the whole length;
- attention is computed for all rows of a source, the finished ones too, because the kernel depends
  on their number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import torch
from torch import Tensor

from summarizer.t5.cache import Cache, rounded
from summarizer.t5.weights import T5, DecoderLayer

_CHUNK = 128


@dataclass(frozen=True, slots=True)
class Round:
    """One token of each of some rows: their queries are computed together.

    `tokens` is where the round's tokens are among those of the step, `rows` their rows among those
    of all sources, or None where there is one of each. `biases` are those of all rows' scores, by
    the layers' bias tables.
    """

    tokens: slice
    rows: Tensor | None
    biases: dict[int, Tensor]


@dataclass(frozen=True, slots=True)
class Step:
    """What all layers of a step share. `written` are the places of the new keys and values."""

    rounds: list[Round]
    written: Tensor
    source_mask: Tensor
    views: "Views"


@dataclass(frozen=True, slots=True)
class Views:
    """The part of the cache that a step reads: keys `[batch, width, keys]` and values by layer."""

    sources: int
    columns: int
    source_width: int
    own: list[tuple[Tensor, Tensor]]
    cross: list[tuple[Tensor, Tensor]]

    def fit(self, sources: int, columns: int, source_width: int) -> bool:
        """Whether these are the views of so many sources, columns and source tokens."""
        return (self.sources, self.columns, self.source_width) == (sources, columns, source_width)


class Decoder:
    """Steps the rows whose keys and values are in a cache."""

    takes_several = True

    def __init__(self, model: T5, cache: Cache) -> None:
        self._model = model
        self._cache = cache
        self._rows_per_source = cache.sizes.rows
        rows = cache.sizes.slots * cache.sizes.rows
        device = model.embedding.device
        self._device = device
        # Where the keys, and then the values, of each row and head begin.
        self._places = (
            (torch.arange(2 * rows * model.heads, device=device) * cache.sizes.columns)
            .view(2, rows, model.heads)
            .transpose(0, 1)
            .flatten(1)
        )
        self._flat = [own.view(-1, model.head_width) for own in cache.own]
        self._views: Views | None = None
        self._queries = torch.zeros(
            (rows, model.heads * model.head_width), dtype=model.attention_type, device=device
        )

    def __call__(
        self,
        feeds: Sequence[Mapping[int, int]],
        ages: Sequence[int],
        lengths: Sequence[int],
    ) -> Tensor:
        """Feed rows their next tokens; the last states, `[tokens, width]`, round after round.

        Each of `feeds` is a round: by row, counted `source * rows per source + row` and ascending,
        one token. The first has all living rows; a row of a later one is in all before it. `ages`
        say of every row of the sources how many tokens it had been fed before, `lengths` how many
        tokens of each source the encoder read. The states are before the last normalization.
        """
        rows = [row for feed in feeds for row in feed]
        positions = [ages[row] + number for number, feed in enumerate(feeds) for row in feed]
        tokens = [token for feed in feeds for token in feed.values()]
        views = self._viewed(len(lengths), rounded(max(positions) + 1), rounded(max(lengths)))
        to_device = partial(torch.tensor, device=self._device)
        starts = [0, *accumulate(map(len, feeds))]
        age, row = to_device(ages), to_device(rows)
        rounds = [
            Round(
                tokens=slice(start, start + len(feed)),
                rows=None if len(feed) == len(ages) else row[start : start + len(feed)],
                # A row that is not in a late round has a bias for it all the same.
                biases=self._biases(age + number if number else age, views.columns),
            )
            for number, (start, feed) in enumerate(zip(starts, feeds, strict=False))
        ]
        written = (self._places[row] + to_device(positions)[:, None]).flatten()
        return self._run(to_device(tokens), Step(rounds, written, self._mask(views), views))

    def _run(self, tokens: Tensor, step: Step) -> Tensor:
        x = self._model.embedding[tokens]
        for number, layer in enumerate(self._model.decoder):
            self._attend_self(number, layer, x, step)
            self._attend_source(number, layer, x, step)
            layer.feed_forward.add_to(x)
        return x

    def _biases(self, ages: Tensor, columns: int) -> dict[int, Tensor]:
        """By bias table what is added to the scores at these ages: `[rows * heads, 1, columns]`."""
        biases: dict[int, Tensor] = {}
        for layer in self._model.decoder:
            if id(layer.bias) not in biases:
                table = layer.bias[ages.clamp_max(len(layer.bias) - 1), :, :columns]
                biases[id(layer.bias)] = self._in_type(table).reshape(-1, 1, columns)
        return biases

    def _mask(self, views: "Views") -> Tensor:
        sources, width, heads = views.sources, views.source_width, self._model.heads
        mask = self._cache.source_mask[:sources, ..., :width]
        return mask.expand(sources, heads, 1, width).reshape(sources * heads, 1, width)

    def _viewed(self, sources: int, columns: int, source_width: int) -> Views:
        """The views of the cache, which change only when reports come, leave or grow."""
        if self._views is None or not self._views.fit(sources, columns, source_width):
            heads = self._model.heads
            self._views = Views(
                sources,
                columns,
                source_width,
                own=[
                    (keys.transpose(1, 2), values)
                    for keys, values in (
                        own[:, : sources * self._rows_per_source * heads, :columns]
                        for own in self._cache.own
                    )
                ],
                cross=[
                    (
                        keys[: sources * heads, :, :source_width],
                        values[: sources * heads, :source_width],
                    )
                    for keys, values in zip(
                        self._cache.source_keys, self._cache.source_values, strict=True
                    )
                ],
            )
        return self._views

    def _attend_self(self, number: int, layer: DecoderLayer, x: Tensor, step: Step) -> None:
        width = self._model.head_width
        inner = self._model.heads * width
        qkv = self._in_type(layer.qkv.normed(x, self._model.epsilon))
        self._flat[number].index_copy_(0, step.written, qkv[:, inner:].reshape(-1, width))
        keys, values = step.views.own[number]

        def attend(queries: Tensor, one: Round) -> Tensor:
            bias = one.biases[id(layer.bias)]
            return _attend(queries.reshape(-1, 1, width), keys, values, bias).view(-1, inner)

        layer.out.add_to(x, self._by_round(attend, qkv[:, :inner], step))

    def _attend_source(self, number: int, layer: DecoderLayer, x: Tensor, step: Step) -> None:
        heads, width, per_source = self._model.heads, self._model.head_width, self._rows_per_source
        keys, values = step.views.cross[number]

        def attend(queries: Tensor, _: Round) -> Tensor:
            by_head = queries.view(-1, per_source, heads, width).transpose(1, 2)
            attended = _attend(
                by_head.reshape(-1, per_source, width), keys, values, step.source_mask
            )
            by_row = attended.view(-1, heads, per_source, width).transpose(1, 2)
            return by_row.reshape(-1, heads * width)

        query = self._in_type(layer.cross_q.normed(x, self._model.epsilon))
        layer.cross_out.add_to(x, self._by_round(attend, query, step))

    def _by_round(
        self, attend: Callable[[Tensor, Round], Tensor], queries: Tensor, step: Step
    ) -> Tensor:
        """Attend round by round, each time with all rows of the sources."""
        parts = []
        for one in step.rounds:
            if one.rows is None:
                parts.append(attend(queries[one.tokens], one))
                continue
            # The queries of rows that are not in the round are left over from another.
            self._queries.index_copy_(0, one.rows, queries[one.tokens])
            everyone = self._queries[: step.views.sources * self._rows_per_source]
            parts.append(attend(everyone, one)[one.rows])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _in_type(self, x: Tensor) -> Tensor:
        return x if x.dtype == self._model.attention_type else x.to(self._model.attention_type)


def _attend(query: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """`[batch, queries, width]` over keys `[batch, width, keys]` and values, bias added."""
    weights = _weights(torch.baddbmm(bias, query, keys))
    if keys.shape[2] <= _CHUNK:
        return torch.bmm(weights, values)
    total = torch.bmm(weights[..., :_CHUNK], values[:, :_CHUNK])
    for start in range(_CHUNK, keys.shape[2], _CHUNK):
        chunk = slice(start, start + _CHUNK)
        total.baddbmm_(weights[..., chunk], values[:, chunk])
    return total


def _weights(scores: Tensor) -> Tensor:
    if scores.dtype == torch.float32:
        return torch.softmax(scores, -1)
    return torch.softmax(scores, -1, dtype=torch.float32).to(scores.dtype)
