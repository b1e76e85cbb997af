"""A BERT-type encoder of transformers, fused and packed for serving."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from summarizer.compiled import traced
from summarizer.dense import VECTOR, behind, dense, side_by_side
from summarizer.linear import Packer
from summarizer.packed import PackedLayer, PackedLayers, Windows

_FROM_PADDING = frozenset({"roberta", "xlm-roberta", "camembert"})
"""Architectures whose positions are counted from the padding token's id on."""
MODEL_TYPES = frozenset({"bert"}) | _FROM_PADDING


class Bert:
    """A whole encoder. Satisfies `summarizer.packed.PackedModel`."""

    def __init__(self, module: Any, pack: Packer) -> None:
        """Lay a `BertModel` out, or one of another type in `MODEL_TYPES`."""
        config, embeddings = module.config, module.embeddings
        self._words: Tensor = embeddings.word_embeddings.weight.detach()
        # Every token is of the first type, whose embedding is the same for all of them.
        first_type = embeddings.token_type_embeddings.weight[0]
        self._positions: Tensor = (embeddings.position_embeddings.weight + first_type).detach()
        self._norm: nn.LayerNorm = embeddings.LayerNorm
        self._padding_id = config.pad_token_id if config.model_type in _FROM_PADDING else None
        layers = [Layer(layer, config.num_attention_heads, pack) for layer in module.encoder.layer]
        self._layers = PackedLayers(layers)

    @property
    def layers(self) -> PackedLayers:
        """All layers."""
        return self._layers

    def embedded(self, windows: Windows) -> Tensor:
        """Words and positions, normalized."""
        ids = torch.tensor([token for window in windows for token in window])
        places = [place for window in windows for place in _places(window, self._padding_id)]
        positions = torch.embedding(self._positions, torch.tensor(places))
        embedded: Tensor = self._norm(positions.add_(torch.embedding(self._words, ids)))
        return embedded

    def biases(self, windows: Windows) -> list[list[Tensor]]:
        """None: positions are embedded."""
        return [[] for _ in windows]


class Layer(PackedLayer):
    """Self-attention and feed-forward, each added to its input and normalized."""

    def __init__(self, layer: Any, heads: int, pack: Packer) -> None:
        attention, output = layer.attention.self, layer.attention.output
        super().__init__(heads, attention.query.out_features // heads)
        # Behind query, key and value are zeros, up to whole vectors.
        self.qkv = side_by_side((attention.query, attention.key, attention.value), pack)
        self.out = dense(output.dense, pack)
        self.attention_norm = output.LayerNorm
        self.inner = side_by_side((layer.intermediate.dense,), pack)
        self.activation = traced(layer.intermediate.intermediate_act_fn, torch.zeros(1, VECTOR))
        self.outer = behind((layer.output.dense,), pack)
        self.norm = layer.output.LayerNorm

    def project(self, x: Tensor) -> Tensor:
        """Query, key and value."""
        qkv: Tensor = self.qkv(x)
        return qkv

    def attend(self, qkv: Tensor, biases: list[Tensor], first: int) -> Tensor:
        """One window."""
        by_head = qkv.permute(1, 2, 0, 3).unsqueeze(1)
        attended = scaled_dot_product_attention(by_head[0], by_head[1], by_head[2])
        return attended[0].transpose(0, 1)

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """What follows the attention."""
        hidden: Tensor = self.attention_norm(self.out(attended).add_(x))
        inner: Tensor = self.activation(self.inner(hidden))
        output: Tensor = self.norm(self.outer(inner).add_(hidden))
        return output


def can_lay_out(config: Any) -> bool:
    """Whether an encoder's configuration is one that `Bert` lays out."""
    return (
        config.model_type in MODEL_TYPES
        and not config.is_decoder
        and getattr(config, "position_embedding_type", None) in (None, "absolute")
    )


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
