"""What a T5 encoder reads with. Its positions are distances, which scores are given a bias for."""

import torch
from torch import Tensor

from summarizer.packed import PackedLayers, Windows
from summarizer.t5.weights import T5


class Encoder:
    """A T5's encoder without its last normalization. Satisfies `summarizer.packed.PackedModel`."""

    def __init__(self, model: T5) -> None:
        self._model = model
        self._layers = PackedLayers(model.encoder)

    @property
    def layers(self) -> PackedLayers:
        """All layers."""
        return self._layers

    def embedded(self, windows: Windows) -> Tensor:
        """The tokens of sources."""
        embedding = self._model.embedding
        ids = [token for window in windows for token in window]
        return embedding[torch.tensor(ids, device=embedding.device)]

    def biases(self, windows: Windows) -> list[list[Tensor]]:
        """Those of the scores of each source, `[heads, length, length]`, by bias table."""
        of_length = {
            length: [self._bias(table, length) for table in self._model.encoder_biases]
            for length in {len(window) for window in windows}
        }
        return [of_length[len(window)] for window in windows]

    def _bias(self, table: Tensor, length: int) -> Tensor:
        middle = table.shape[1] // 2
        distances = table[:, middle - length + 1 : middle + length].to(self._model.attention_type)
        # Window k begins at distance k + 1 - length, which is that of query length - 1 - k.
        return distances.unfold(1, length, 1).flip(1)
