"""Encoders over windows of any lengths side by side, without padding.

The tokens of several windows go through the matrices as rows of one batch; each window attends to
itself alone, so its states do not depend on the others. Several windows are shared out among the
threads, which then need not wait for each other. What is too little for that is computed by all of
them together, who share out rows and heads; no bit of the result depends on that either.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import torch
from torch import Tensor, nn

from summarizer.compiled import compiled
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

    def project(self, x: Tensor) -> Tensor:
        """Query, key and value of `[rows, width]`, side by side: `[rows, projected]`."""
        raise NotImplementedError

    def attend(self, qkv: Tensor, biases: list[Tensor], first: int) -> Tensor:
        """`[tokens, 3, heads, width]` of one window to `[tokens, heads, width]`.

        They are some of the heads, of which the first has the number `first`.
        """
        raise NotImplementedError

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """The layer's output for its input `[rows, width]`, which it may change, given the attended."""
        raise NotImplementedError

    def work(
        self,
        stage: int,
        part: int,
        parts: int,
        x: Tensor,
        qkv: Tensor,
        attended: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
    ) -> Tensor:
        """One of several parts of a stage: 0 projects rows, 1 attends by heads, 2 finishes rows."""
        if stage == 1:
            return self._attended(part, parts, qkv, lengths, biases)
        start, end = len(x) * part // parts, len(x) * (part + 1) // parts
        if stage == 0:
            return self.project(x[start:end])
        return self.finish(x[start:end], attended[start:end].flatten(1))

    def _attended(
        self,
        part: int,
        parts: int,
        qkv: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
    ) -> Tensor:
        heads, width = self.heads, self.head_width
        first, last = heads * part // parts, heads * (part + 1) // parts
        attended = qkv.new_empty([len(qkv), last - first, width])
        start = 0
        for window, length in enumerate(lengths):
            end = start + length
            by_head = qkv[start:end, : 3 * heads * width].view(length, 3, heads, width)
            attended[start:end] = self.attend(by_head[:, :, first:last], biases[window], first)
            start = end
        return attended


class PackedLayers(nn.Module):
    """All layers of an encoder. It can be compiled."""

    def __init__(self, layers: Sequence[PackedLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(
        self, x: Tensor, lengths: list[int], biases: list[list[Tensor]], threads: int
    ) -> Tensor:
        """The last states of the rows of windows; `x` may be changed. `biases` are by window."""
        qkv = attended = x
        for layer in self.layers:
            for stage in range(3):
                others: list[torch.jit.Future[Tensor]] = []
                for part in range(1, threads):
                    others.append(
                        torch.jit.fork(
                            layer.work, stage, part, threads, x, qkv, attended, lengths, biases
                        )
                    )
                made = layer.work(stage, 0, threads, x, qkv, attended, lengths, biases)
                if threads > 1:
                    parts = [made]
                    for other in others:
                        parts.append(torch.jit.wait(other))
                    made = torch.cat(parts, dim=1 if stage == 1 else 0)
                # What is no longer needed is let go at once: its memory is in the cache.
                if stage == 0:
                    qkv = made
                elif stage == 1:
                    qkv = x
                    attended = made
                else:
                    attended = made
                    x = made
        return x


class PackedModel(Protocol):
    """An encoder as `PackedEncoder` reads with it."""

    @property
    def layers(self) -> PackedLayers:
        """All layers."""
        ...

    def embedded(self, windows: Windows) -> Tensor:
        """What the first layer reads, `[tokens, width]`, one window after another."""
        ...

    def biases(self, windows: Windows) -> list[list[Tensor]]:
        """For each window what the layers need to know of its tokens' distances."""
        ...


class PackedEncoder:
    """Reads windows. Satisfies `summarizer.encoders.Encoder`.

    `threads` are those of a CPU. Each of them computes alone, so that torch's own helpers, which
    would wait for work on the same cores, never begin.
    """

    def __init__(self, model: PackedModel, threads: int, device: torch.device) -> None:
        self._model = model
        self._layers = compiled(model.layers, device)
        self._on_cpu = device.type == "cpu"
        self._threads = threads if self._on_cpu else 1
        self._pool = ThreadPoolExecutor(self._threads, "encoder", torch.set_num_threads, (1,))

    def __call__(self, windows: Windows) -> Tensor:
        """The last states of all tokens, `[tokens, width]`."""
        if not self._on_cpu:
            return self._read(windows, 1)
        torch.set_num_threads(1)
        if sum(map(len, windows)) <= self._threads * _GROUP_TOKENS or len(windows) == 1:
            return self._read(windows, self._threads)
        groups = list(grouped(windows, _GROUP_TOKENS))
        # The largest first, so that no thread begins it when the others are through.
        order = sorted(range(len(groups)), key=lambda at: -sum(map(len, groups[at])))
        reading = {at: self._pool.submit(self._read, groups[at], 1) for at in order}
        return torch.cat([reading[at].result() for at in range(len(groups))])

    @torch.inference_mode()
    def _read(self, windows: Windows, threads: int) -> Tensor:
        model = self._model
        lengths = [len(window) for window in windows]
        x = model.embedded(windows)
        states: Tensor = self._layers(x, lengths, model.biases(windows), threads)
        return states
