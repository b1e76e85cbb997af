"""The encoder: windows of any lengths side by side, without padding."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import torch
from torch import Tensor

from summarizer.bert.weights import Bert
from summarizer.grouping import grouped

_GROUP_TOKENS = 256
"""What windows are read together up to; more rows at once leave the cache and are slower."""

Windows = Sequence[Sequence[int]]


class PackedEncoder:
    """Reads windows.

    Their tokens go through the matrices as rows of one batch; each window attends to itself alone,
    so its states do not depend on the others. Several windows are shared out among the threads,
    which then need not wait for each other in every operation; one alone is computed by all of
    them together. Satisfies `summarizer.encoders.Encoder`.
    """

    def __init__(self, model: Bert, threads: int) -> None:
        self._model = model
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "encoder", torch.set_num_threads, (1,))

    def __call__(self, windows: Windows) -> Tensor:
        """The last states of all tokens, `[tokens, width]`."""
        share = -(-sum(map(len, windows)) // self._threads)
        groups = list(grouped(windows, min(_GROUP_TOKENS, share)))
        if self._threads > 1 and len(groups) > 1:
            # The largest first, so that no thread begins it when the others are through.
            order = sorted(range(len(groups)), key=lambda at: -sum(map(len, groups[at])))
            reading = {at: self._pool.submit(self._read, groups[at]) for at in order}
            return torch.cat([reading[at].result() for at in range(len(groups))])
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        return torch.cat([self._read(group) for group in groups])

    @torch.inference_mode()
    def _read(self, windows: Windows) -> Tensor:
        model = self._model
        ends = list(accumulate(map(len, windows)))
        spans = [slice(end - len(window), end) for window, end in zip(windows, ends, strict=True)]
        x = self._embedded(windows)
        attended = torch.empty(len(x), model.heads, model.head_width)
        for layer in model.layers:
            qkv = layer.qkv(x)
            for span in spans:
                attended[span] = self._attend(qkv[span])
            x = layer.attention_norm(layer.out(attended.flatten(1)).add_(x))
            x = layer.feed_forward(x)
        return x

    def _embedded(self, windows: Windows) -> Tensor:
        model = self._model
        ids = torch.tensor([token for window in windows for token in window])
        places = [place for window in windows for place in _places(window, model.padding_id)]
        positions = torch.embedding(model.positions, torch.tensor(places))
        return model.embedding_norm(positions.add_(torch.embedding(model.words, ids)))

    def _attend(self, qkv: Tensor) -> Tensor:
        """Query, key and value of one window to `[tokens, heads, width]`."""
        model = self._model
        width = 3 * model.heads * model.head_width
        shaped = qkv[:, :width].view(len(qkv), 3, model.heads, model.head_width)
        query, key, value = shaped.permute(1, 2, 0, 3).unsqueeze(1)
        attended = torch.nn.functional.scaled_dot_product_attention(query, key, value)
        return attended[0].transpose(0, 1)


def _places(window: Sequence[int], padding_id: int | None) -> Sequence[int]:
    """Which position each token of a window has."""
    if padding_id is None:
        return range(len(window))
    places = []
    last = padding_id
    for token in window:
        last += token != padding_id
        places.append(last if token != padding_id else padding_id)
    return places
