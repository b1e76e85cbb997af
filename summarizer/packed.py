"""Encoders over windows of any lengths side by side, without padding.

The tokens of several windows go through the matrices as rows of one batch; each window attends to
itself alone, so its states do not depend on the others. Several windows are shared out among
threads that compute alone, which then need not wait for each other. Of what is too little for that,
rows and heads are shared out, on which no bit of the result depends either.

Torch's own threads would do the latter as well; but they wait in a loop for their next work, some
milliseconds long, on a core that others of the service have work for.
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

    def attended(
        self,
        qkv: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
        part: int,
        parts: int,
    ) -> Tensor:
        """One of several parts of the heads, `[tokens, heads * width]`, over windows."""
        heads, width = self.heads, self.head_width
        first, last = heads * part // parts, heads * (part + 1) // parts
        shaped = qkv[:, : 3 * heads * width].view(len(qkv), 3, heads, width)[:, :, first:last]
        attended = torch.empty_like(shaped[:, 0])
        start = 0
        for window, length in enumerate(lengths):
            end = start + length
            attended[start:end] = self.attend(shaped[start:end], biases[window], first)
            start = end
        return attended.flatten(1)


class PackedLayers(nn.Module):
    """All layers of an encoder. It can be compiled."""

    def __init__(self, layers: Sequence[PackedLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.head_count = layers[0].heads

    def forward(
        self, x: Tensor, lengths: list[int], biases: list[list[Tensor]], threads: int
    ) -> Tensor:
        """The last states of the rows of windows, with so many threads; `x` may be changed.

        `biases` are those of each window.
        """
        qkv, x = self._rows(0, x, x, threads)
        for number in range(len(self.layers)):
            attended = self._attended(number, qkv, lengths, biases, threads)
            # What is not needed any more is let go: its memory is in the cache.
            qkv = x
            qkv, x = self._rows(number + 1, x, attended, threads)
        return x

    def _rows(
        self, number: int, x: Tensor, attended: Tensor, threads: int
    ) -> tuple[Tensor, Tensor]:
        rows = len(x)
        parts = min(threads, rows)
        others: list[torch.jit.Future[tuple[Tensor, Tensor]]] = []
        for part in range(1, parts):
            start, end = rows * part // parts, rows * (part + 1) // parts
            others.append(torch.jit.fork(self.between, number, x[start:end], attended[start:end]))
        end = rows // parts
        qkv, x = self.between(number, x[:end], attended[:end])
        if parts == 1:
            return qkv, x
        all_qkv, all_x = [qkv], [x]
        for other in others:
            qkv, x = torch.jit.wait(other)
            all_qkv.append(qkv)
            all_x.append(x)
        return torch.cat(all_qkv), torch.cat(all_x)

    def between(self, number: int, x: Tensor, attended: Tensor) -> tuple[Tensor, Tensor]:
        """What happens to rows before the attention of the layer of a number, and its input.

        That is the end of the layer before and its own projection, where there are such layers.
        """
        qkv = x
        for at, layer in enumerate(self.layers):
            if at + 1 == number:
                x = layer.finish(x, attended)  # type: ignore[operator]
            if at == number:
                qkv = layer.project(x)  # type: ignore[operator]
        return qkv, x

    def _attended(
        self,
        number: int,
        qkv: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
        threads: int,
    ) -> Tensor:
        parts = min(threads, self.head_count)
        others = [
            torch.jit.fork(self.heads, number, qkv, lengths, biases, part, parts)
            for part in range(1, parts)
        ]
        mine = self.heads(number, qkv, lengths, biases, 0, parts)
        if parts == 1:
            return mine
        return torch.cat([mine] + [torch.jit.wait(other) for other in others], dim=1)

    def heads(
        self,
        number: int,
        qkv: Tensor,
        lengths: list[int],
        biases: list[list[Tensor]],
        part: int,
        parts: int,
    ) -> Tensor:
        """One of several parts of the heads of the layer of a number."""
        attended = qkv
        for at, layer in enumerate(self.layers):
            if at == number:
                attended = layer.attended(qkv, lengths, biases, part, parts)  # type: ignore[operator]
        return attended


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
    """Reads windows, on a CPU with so many threads. Satisfies `summarizer.encoders.Encoder`.

    Where it has been called torch's own threads are turned off.
    """

    def __init__(self, model: PackedModel, threads: int, device: torch.device) -> None:
        self._model = model
        self._layers = compiled(model.layers, device)
        self._on_cpu = device.type == "cpu"
        self._threads = threads if self._on_cpu else 1
        self._pool = ThreadPoolExecutor(threads, "encoder", torch.set_num_threads, (1,))

    def __call__(self, windows: Windows) -> Tensor:
        """The last states of all tokens, `[tokens, width]`."""
        if not self._on_cpu:
            return self._read(windows, 1)
        torch.set_num_threads(1)
        groups = list(grouped(windows, _GROUP_TOKENS))
        if len(groups) <= self._threads / 2:
            return self._read(windows, self._threads)
        # The largest first, so that no thread begins it when the others are through.
        order = sorted(range(len(groups)), key=lambda at: -sum(map(len, groups[at])))
        reading = {at: self._pool.submit(self._read, groups[at], 1) for at in order}
        return torch.cat([reading[at].result() for at in range(len(groups))])

    @torch.inference_mode()
    def _read(self, windows: Windows, threads: int) -> Tensor:
        model = self._model
        lengths = [len(window) for window in windows]
        biases = model.biases(windows)
        states: Tensor = self._layers(model.embedded(windows), lengths, biases, threads)
        return states
