"""One decoder step for all living rows, whatever their ages and sources.

Rows of different age are side by side: T5 knows positions by distance only, so each row counts its
own, and columns that it has not reached are masked. The sources are shared out among threads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise

import torch
from torch import Tensor

from summarizer.compiled import compiled
from summarizer.t5.cache import Cache, rounded
from summarizer.t5.layers import DecoderLayers, Round, Step
from summarizer.t5.weights import T5
from summarizer.workers import Workers

Feeds = Sequence[Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class Views:
    """The part of the cache that some sources read: keys and values by layer, and their mask."""

    sources: range
    columns: int
    source_width: int
    own: list[tuple[Tensor, Tensor]]
    cross: list[tuple[Tensor, Tensor]]
    mask: Tensor

    def fit(self, sources: range, columns: int, source_width: int) -> bool:
        """Whether these are the views of such sources, columns and source tokens."""
        return (self.sources, self.columns, self.source_width) == (sources, columns, source_width)


class Decoder:
    """Steps the rows whose keys and values are in a cache, on a CPU with these workers."""

    takes_several = True

    def __init__(self, model: T5, cache: Cache, workers: Workers) -> None:
        self._model = model
        self._cache = cache
        self._workers = workers
        self._rows_per_source = cache.sizes.rows
        rows = cache.sizes.slots * cache.sizes.rows
        device = model.embedding.device
        self._device = device
        self._layers = compiled(DecoderLayers(model.decoder), device)
        # Where the keys, and then the values, of each row and head begin.
        self._places = (
            (torch.arange(2 * rows * model.heads, device=device) * cache.sizes.columns)
            .view(2, rows, model.heads)
            .transpose(0, 1)
            .flatten(1)
        )
        self._cached = [own.view(-1, model.head_width) for own in cache.own]
        self._views: dict[int, Views] = {}
        self._queries = torch.zeros(
            (rows, model.heads * model.head_width), dtype=model.attention_type, device=device
        )

    def __call__(self, feeds: Feeds, ages: Sequence[int], lengths: Sequence[int]) -> Tensor:
        """Feed rows their next tokens; the last states, `[tokens, width]`, round after round.

        Each of `feeds` is a round: by row, counted `source * rows per source + row` and ascending,
        one token. The first has all living rows; a row of a later one is in all before it. `ages`
        say of every row of the sources how many tokens it had been fed before, `lengths` how many
        tokens of each source the encoder read. The states are before the last normalization.
        """
        sources = len(lengths)
        threads = min(self._workers.count, sources)
        bounds = [sources * part // threads for part in range(threads + 1)]
        parts = [range(*pair) for pair in pairwise(bounds)]
        steps, order = [], []
        for number, part in enumerate(parts):
            fed, places = self._fed_to(part, feeds)
            if places:
                steps.append(self._step(number, part, fed, ages, lengths))
                order += places
        states = self._run(steps)
        if len(steps) == 1 or len(feeds) == 1:
            return states
        return torch.empty_like(states).index_copy_(0, torch.tensor(order), states)

    def _run(self, steps: list[Step]) -> Tensor:
        """The last states of the parts of a step, one part after the other."""
        states = self._workers.run([partial(self._layers, step) for step in steps])
        return states[0] if len(states) == 1 else torch.cat(states)

    def _fed_to(self, sources: range, feeds: Feeds) -> tuple[list[dict[int, int]], list[int]]:
        """What the rows of some sources are fed, and where that is among all tokens of the step.

        The rows are counted from the first source's on.
        """
        rows = self._rows_of(sources)
        starts = accumulate(map(len, feeds), initial=0)
        places = [
            start + place
            for start, feed in zip(starts, feeds, strict=False)
            for place, row in enumerate(feed)
            if row in rows
        ]
        fed = [
            {row - rows.start: token for row, token in feed.items() if row in rows}
            for feed in feeds
        ]
        return [feed for feed in fed if feed], places

    def _step(
        self,
        number: int,
        sources: range,
        feeds: Feeds,
        all_ages: Sequence[int],
        lengths: Sequence[int],
    ) -> Step:
        """What some sources, whose rows are counted from theirs on, are fed in a step."""
        first, end = self._rows_of(sources).start, self._rows_of(sources).stop
        ages = all_ages[first:end]
        rows = [row for feed in feeds for row in feed]
        positions = [ages[row] + nth for nth, feed in enumerate(feeds) for row in feed]
        tokens = [token for feed in feeds for token in feed.values()]
        columns = rounded(max(positions) + 1)
        longest = max(lengths[sources.start : sources.stop])
        to_device = partial(torch.tensor, device=self._device)
        age, row = to_device(ages), to_device(rows)
        starts = accumulate(map(len, feeds), initial=0)
        rounds = [
            Round(
                start,
                start + len(feed),
                rows=None if len(feed) == len(ages) else row[start : start + len(feed)],
                # A row that is not in a late round has a bias for it all the same.
                biases=self._biases(age + nth if nth else age, columns),
            )
            for nth, (start, feed) in enumerate(zip(starts, feeds, strict=False))
        ]
        views = self._viewed(number, sources, columns, rounded(longest))
        written = self._places[row + first] + to_device(positions)[:, None]
        return self._part(to_device(tokens), rounds, written, views)

    def _rows_of(self, sources: range) -> range:
        return range(sources.start * self._rows_per_source, sources.stop * self._rows_per_source)

    def _part(self, tokens: Tensor, rounds: list[Round], written: Tensor, views: Views) -> Step:
        rows, width = self._rows_of(views.sources), views.source_width
        return Step(
            x=self._model.embedding[tokens],
            rounds=rounds,
            written=written.flatten(),
            cached=self._cached,
            own=views.own,
            cross=views.cross,
            source_mask=views.mask.expand(-1, self._model.heads, 1, width).reshape(-1, 1, width),
            queries=self._queries[rows.start : rows.stop],
        )

    def _biases(self, ages: Tensor, columns: int) -> list[Tensor]:
        """By bias table what is added to the scores at these ages: `[rows * heads, 1, columns]`."""
        return [
            table[ages.clamp_max(len(table) - 1), :, :columns]
            .to(self._model.attention_type)
            .reshape(-1, 1, columns)
            for table in self._model.decoder_biases
        ]

    def _viewed(self, number: int, sources: range, columns: int, width: int) -> Views:
        """The views of a part, which change only when reports come, leave or grow."""
        views = self._views.get(number)
        if views is None or not views.fit(sources, columns, width):
            views = self._views[number] = self._view(sources, columns, width)
        return views

    def _view(self, sources: range, columns: int, width: int) -> Views:
        heads, cache = self._model.heads, self._cache
        of_sources = slice(sources.start * heads, sources.stop * heads)
        per_source = self._rows_per_source * heads
        of_rows = slice(sources.start * per_source, sources.stop * per_source)
        return Views(
            sources,
            columns,
            width,
            own=[
                (own[0, of_rows, :columns].transpose(1, 2), own[1, of_rows, :columns])
                for own in cache.own
            ],
            cross=[
                (keys[of_sources, :, :width], values[of_sources, :width])
                for keys, values in zip(cache.source_keys, cache.source_values, strict=True)
            ],
            mask=cache.source_mask[sources.start : sources.stop, ..., :width],
        )
