"""The decoder step in one fixed shape, for a GPU: captured once as a CUDA graph and replayed.

Launching the kernels of a small step one by one takes longer than running them. A graph launches
them at once, but its shapes cannot change: each step computes all rows of all slots, with all
columns and source tokens, and the rows that do not live are thrown away. A GPU has the arithmetic
to spare. Guesses would change the shape, so none are verified.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from summarizer.t5.cache import Cache
from summarizer.t5.decoder import Decoder, Feeds
from summarizer.t5.layers import Round
from summarizer.t5.weights import T5
from summarizer.workers import Workers


class FixedDecoder(Decoder):
    """Takes the same feeds as `Decoder`, one round of them. Without a GPU it captures nothing."""

    takes_several = False

    def __init__(self, model: T5, cache: Cache, workers: Workers) -> None:
        super().__init__(model, cache, workers)
        rows = cache.sizes.slots * cache.sizes.rows
        self._tokens = torch.zeros(rows, dtype=torch.long, device=self._device)
        self._ages = torch.zeros(rows, dtype=torch.long, device=self._device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._states = torch.empty(0)

    def __call__(self, feeds: Feeds, ages: Sequence[int], lengths: Sequence[int]) -> Tensor:
        """Feed each living row its next token; the last states, `[rows, width]`."""
        (feed,) = feeds
        rows = torch.tensor(list(feed))
        tokens, row_ages = torch.zeros((2, len(self._tokens)), dtype=torch.long)
        tokens[rows] = torch.tensor(list(feed.values()))
        row_ages[: len(ages)] = torch.tensor(ages)
        self._tokens.copy_(tokens)
        # A finished row may have reached the last column.
        self._ages.copy_(row_ages.clamp_max(self._cache.sizes.columns - 1))
        return self._all_states()[rows.to(self._device)]

    def _all_states(self) -> Tensor:
        if self._device.type != "cuda":
            return self._all_rows()
        if self._graph is None:
            self._graph = self._captured()
        self._graph.replay()
        return self._states

    def _captured(self) -> torch.cuda.CUDAGraph:
        """Run the step beside the current stream, as capturing wants it, and then capture it.

        Running it twice changes nothing: it writes the same keys and values to the same places.
        """
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            self._all_rows()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._states = self._all_rows()
        return graph

    def _all_rows(self) -> Tensor:
        sizes = self._cache.sizes
        views = self._viewed(0, range(sizes.slots), sizes.columns, self._cache.width)
        biases = self._biases(self._ages, sizes.columns)
        everyone = Round(0, len(self._tokens), rows=None, biases=biases)
        written = self._places + self._ages[:, None]
        return self._run([self._part(self._tokens, [everyone], written, views)])
