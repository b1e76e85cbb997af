"""Encoders over windows of any lengths side by side, without padding.

The tokens of several windows go through the matrices as rows of one batch; each window attends to
itself alone, so its states do not depend on the others. Several windows are shared out among
threads that compute alone, which then need not wait for each other; what is too little for that is
computed by torch's own threads, which share out every operation.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import torch
from torch import Tensor, nn

from summarizer.compiled import compiled
from summarizer.dense import evenly_shared
from summarizer.grouping import grouped

Windows = Sequence[Sequence[int]]

_GROUP_TOKENS = 256
"""What a thread reads at a time; more rows at once leave its cache and are slower."""


class PackedLayer(nn.Module):
    """Self-attention and feed-forward over the rows of windows. It can be compiled."""

    def __init__(self, heads: int, head_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.head_width = head_width

    def forward(
        self, x: Tensor, lengths: list[int], biases: list[list[Tensor]]
    ) -> Tensor:
        """The output for the input `[tokens, width]`, which may be changed."""
        return self.finish(x, self._attended(self.project(x), lengths, biases))

    def project(self, x: Tensor) -> Tensor:
        """Query, key and value side by side, and whatever fills them up to whole vectors."""
        raise NotImplementedError

    def attend(self, qkv: Tensor, biases: list[Tensor]) -> Tensor:
        """`[tokens, 3, heads, width]` of one window to `[tokens, heads, width]`."""
        raise NotImplementedError

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """All that follows the attention."""
        raise NotImplementedError

    def _attended(self, qkv: Tensor, lengths: list[int], biases: list[list[Tensor]]) -> Tensor:
        inner = self.heads * self.head_width
        shaped = qkv[:, : 3 * inner].view(len(qkv), 3, self.heads, self.head_width)
        attended = torch.empty_like(shaped[:, 0])
        start = 0
        for window, length in enumerate(lengths):
            end = start + length
            attended[start:end] = self.attend(shaped[start:end], biases[window])
            start = end
        attended[start:] = 0
        return attended.flatten(1)


class PackedLayers(nn.Module):
    """All layers of an encoder. It can be compiled."""

    def __init__(self, layers: Sequence[PackedLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, lengths: list[int], biases: list[list[Tensor]]) -> Tensor:
        """The last states of the rows `x`, which may be changed: windows, and rows of no account.

        `biases` are those of each window.
        """
        for layer in self.layers:
            x = layer(x, lengths, biases)
        return x


class PackedModel(Protocol):
    """An encoder as `PackedEncoder` reads with it."""

    @property
    def layers(self) -> PackedLayers:
        """All layers."""
        ...

    @property
    def inner_width(self) -> int:
        """How many values of a row an activation is computed of: a whole number of vectors."""
        ...

    def embedded(self, windows: Windows) -> Tensor:
        """What the first layer reads, `[tokens, width]`, one window after another."""
        ...

    def biases(self, windows: Windows) -> list[list[Tensor]]:
        """For each window what the layers need to know of its tokens' distances."""
        ...


class PackedEncoder:
    """Reads windows, on a CPU with so many threads. Satisfies `summarizer.encoders.Encoder`.

    Torch has one thread left where it has been called.
    """

    def __init__(self, model: PackedModel, threads: int, device: torch.device) -> None:
        self._model = model
        self._layers = compiled(model.layers, device)
        self._on_cpu = device.type == "cpu"
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "encoder", torch.set_num_threads, (1,))

    def __call__(self, windows: Windows) -> Tensor:
        """The last states of all tokens, `[tokens, width]`."""
        if not self._on_cpu:
            return self._read(windows)
        groups = list(grouped(windows, _GROUP_TOKENS))
        if len(groups) <= self._threads / 2:
            return self._by_all(windows)
        # The largest first, so that no thread begins it when the others are through.
        order = sorted(range(len(groups)), key=lambda at: -sum(map(len, groups[at])))
        reading = {at: self._pool.submit(self._read, groups[at]) for at in order}
        return torch.cat([reading[at].result() for at in range(len(groups))])

    def _by_all(self, windows: Windows) -> Tensor:
        """Read with torch's own threads, which only such reading has any use for."""
        torch.set_num_threads(self._threads)
        try:
            return self._read(windows)
        finally:
            torch.set_num_threads(1)

    @torch.inference_mode()
    def _read(self, windows: Windows) -> Tensor:
        model = self._model
        lengths = [len(window) for window in windows]
        x = model.embedded(windows)
        more = evenly_shared(len(x), model.inner_width) - len(x) if self._on_cpu else 0
        padded = torch.nn.functional.pad(x, (0, 0, 0, more))
        states: Tensor = self._layers(padded, lengths, model.biases(windows))
        return states[: len(x)]
