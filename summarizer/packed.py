"""Encoders over windows of any lengths side by side, without padding.

The tokens of several windows go through the matrices as rows of one batch; each window attends to
itself alone, so its states do not depend on the others. Several windows are shared out among
threads that compute alone, which then need not wait for each other. Of what is too little for that,
rows and heads are shared out, on which no bit of the result depends either.

Threads that share a window wait for each other twice a layer, in a loop: to sleep and to be woken
takes longer than what they wait for, on a virtual machine many times as long. Torch's own threads
would wait so as well, but also for some milliseconds after the last operation, on a core that
others of the service have work for.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from summarizer.compiled import compiled
from summarizer.grouping import grouped
from summarizer.workers import Workers

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
        """Query, key and value side by side, and whatever fills them up to whole vectors."""
        raise NotImplementedError

    def attend(self, qkv: Tensor, biases: list[Tensor], first: int) -> Tensor:
        """`[tokens, 3, heads, width]` of one window to `[tokens, heads, width]`.

        They are some of the heads, of which the first has the number `first`.
        """
        raise NotImplementedError

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """The layer's output for its input, which may be changed, and what was attended to."""
        raise NotImplementedError

    def attend_windows(
        self,
        qkv: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
        part: int,
        parts: int,
        attended: Tensor,
    ) -> None:
        """Write what one of several parts of the heads attends to, `[tokens, heads, width]`."""
        first, last = self.heads * part // parts, self.heads * (part + 1) // parts
        by_head = qkv[:, : 3 * self.heads * self.head_width]
        shaped = by_head.view(len(qkv), 3, self.heads, self.head_width)[:, :, first:last]
        start = 0
        for window, length in enumerate(lengths):
            end = start + length
            of_window = self.attend(shaped[start:end], biases[window], first)
            attended[start:end, first:last] = of_window
            start = end


class Shared(NamedTuple):
    """What the threads that share windows write, each its part, and then all read.

    `qkv` `[tokens, 3 * heads * width]` and `attended` `[tokens, heads, width]` are those of a
    layer. `arrived` says of each thread how often it has waited for the others.
    """

    qkv: Tensor
    attended: Tensor
    arrived: Tensor


class PackedLayers(nn.Module):
    """All layers of an encoder. It can be compiled."""

    def __init__(self, layers: Sequence[PackedLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.heads = layers[0].heads
        self.head_width = layers[0].head_width

    def forward(self, x: Tensor, lengths: list[int], biases: list[list[Tensor]]) -> Tensor:
        """The last states of the rows of windows; `x` may be changed.

        `biases` are those of each window.
        """
        for layer in self.layers:
            qkv = layer.project(x)  # type: ignore[operator]
            attended = torch.empty(
                (len(x), self.heads, self.head_width), dtype=qkv.dtype, device=x.device
            )
            layer.attend_windows(qkv, lengths, biases, 0, 1, attended)  # type: ignore[operator]
            # What is not needed any more is let go: its memory is in the cache.
            qkv = x
            x = layer.finish(x, attended.flatten(1))  # type: ignore[operator]
        return x

    @torch.jit.export
    def share(self, rows: int, threads: int) -> Shared:
        """Room for the layers over so many rows that are shared out among threads."""
        return Shared(
            torch.empty(rows, 3 * self.heads * self.head_width),
            torch.empty(rows, self.heads, self.head_width),
            torch.zeros(threads, dtype=torch.long),
        )

    @torch.jit.export
    def part(
        self, number: int, x: Tensor, lengths: list[int], biases: list[list[Tensor]], shared: Shared
    ) -> Tensor:
        """The same as `forward` for one thread's part of the rows; all parts run side by side."""
        threads = len(shared.arrived)
        first, last = len(x) * number // threads, len(x) * (number + 1) // threads
        mine = x[first:last]
        turn = 0
        for layer in self.layers:
            qkv = layer.project(mine)  # type: ignore[operator]
            shared.qkv[first:last] = qkv[:, : shared.qkv.shape[1]]
            turn += 1
            _meet(shared.arrived, number, turn)
            layer.attend_windows(shared.qkv, lengths, biases, number, threads, shared.attended)  # type: ignore[operator]
            turn += 1
            _meet(shared.arrived, number, turn)
            mine = layer.finish(mine, shared.attended[first:last].flatten(1))  # type: ignore[operator]
        return mine


def _meet(arrived: Tensor, number: int, turn: int) -> None:
    """Wait, not for long, until all threads have come so far."""
    arrived[number].fill_(turn)
    while int(arrived.min()) < turn:
        pass


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
    """Reads windows, on a CPU with these workers. Satisfies `summarizer.encoders.Encoder`.

    Where it has been called torch's own threads are turned off. It is called by one thread at a
    time.
    """

    def __init__(self, model: PackedModel, workers: Workers, device: torch.device) -> None:
        self._model = model
        self._layers = compiled(model.layers, device)
        self._on_cpu = device.type == "cpu"
        self._workers = workers

    @torch.inference_mode()
    def __call__(self, windows: Windows) -> Tensor:
        """The last states of all tokens, `[tokens, width]`."""
        if not self._on_cpu:
            return self._read(windows)
        torch.set_num_threads(1)
        threads = self._workers.count
        share = -(-sum(map(len, windows)) // threads)
        groups = list(grouped(windows, min(_GROUP_TOKENS, share)))
        if len(groups) <= threads / 2:
            return self._read_together(windows)
        # The largest first, so that no thread begins it when the others are through.
        order = sorted(range(len(groups)), key=lambda at: -sum(map(len, groups[at])))
        read = self._workers.run([partial(self._read, groups[at]) for at in order])
        states = dict(zip(order, read, strict=True))
        return torch.cat([states[at] for at in range(len(groups))])

    def _read(self, windows: Windows) -> Tensor:
        """With one thread."""
        states: Tensor = self._layers(*self._input(windows))
        return states

    def _read_together(self, windows: Windows) -> Tensor:
        """With all threads."""
        x, lengths, biases = self._input(windows)
        threads = self._workers.count
        shared = self._layers.share(len(x), threads)
        return torch.cat(
            self._workers.run(
                [
                    partial(self._read_part, number, x, lengths, biases, shared)
                    for number in range(threads)
                ]
            )
        )

    def _read_part(
        self,
        number: int,
        x: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
        shared: Shared,
    ) -> Tensor:
        try:
            return self._layers.part(number, x, lengths, biases, shared)
        except BaseException:
            # The others need not wait for this one any more.
            shared.arrived[number] = torch.iinfo(torch.long).max
            raise

    def _input(self, windows: Windows) -> tuple[Tensor, list[int], list[list[Tensor]]]:
        lengths = [len(window) for window in windows]
        return self._model.embedded(windows), lengths, self._model.biases(windows)
