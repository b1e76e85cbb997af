"""The weights of a BERT-type encoder of transformers, fused and packed for serving."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from summarizer.dense import Activation, Dense, activated, behind, dense, side_by_side
from summarizer.linear import Packer

_FROM_PADDING = frozenset({"roberta", "xlm-roberta", "camembert"})
"""Architectures whose positions are counted from the padding token's id on."""
MODEL_TYPES = frozenset({"bert"}) | _FROM_PADDING


@dataclass(frozen=True, slots=True)
class Layer:
    """Self-attention and feed-forward, each added to its input and normalized.

    `qkv` gives query, key and value side by side, and zeros up to whole vectors.
    """

    qkv: Dense
    out: Dense
    attention_norm: Callable[[Tensor], Tensor]
    inner: Dense
    activation: Activation
    outer: Dense
    norm: Callable[[Tensor], Tensor]

    def feed_forward(self, x: Tensor) -> Tensor:
        """What follows the attention, `[rows, width]`."""
        hidden = activated(self.activation, self.inner(x))
        return self.norm(self.outer(hidden).add_(x))


@dataclass(frozen=True, slots=True)
class Bert:
    """A whole encoder. A padding token has no place of its own where `padding_id` is given."""

    words: Tensor
    positions: Tensor
    padding_id: int | None
    embedding_norm: Callable[[Tensor], Tensor]
    layers: tuple[Layer, ...]
    heads: int
    head_width: int


def can_lay_out(config: Any) -> bool:
    """Whether an encoder's configuration is one that `lay_out` knows."""
    return (
        config.model_type in MODEL_TYPES
        and not config.is_decoder
        and getattr(config, "position_embedding_type", None) in (None, "absolute")
    )


@torch.no_grad()
def lay_out(module: Any, pack: Packer) -> Bert:
    """Lay a `BertModel` out, or one of another type in `MODEL_TYPES`."""
    config, embeddings = module.config, module.embeddings
    # Every token is of the first type, whose embedding is the same for all of them.
    positions = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]
    return Bert(
        words=embeddings.word_embeddings.weight.detach(),
        positions=positions,
        padding_id=config.pad_token_id if config.model_type in _FROM_PADDING else None,
        embedding_norm=_norm(embeddings.LayerNorm),
        layers=tuple(_layer(layer, pack) for layer in module.encoder.layer),
        heads=config.num_attention_heads,
        head_width=config.hidden_size // config.num_attention_heads,
    )


def _layer(layer: Any, pack: Packer) -> Layer:
    attention, output = layer.attention.self, layer.attention.output
    return Layer(
        qkv=side_by_side((attention.query, attention.key, attention.value), pack),
        out=dense(output.dense, pack),
        attention_norm=_norm(output.LayerNorm),
        inner=side_by_side((layer.intermediate.dense,), pack),
        activation=layer.intermediate.intermediate_act_fn,
        outer=behind((layer.output.dense,), pack),
        norm=_norm(layer.output.LayerNorm),
    )


def _norm(norm: Any) -> Callable[[Tensor], Tensor]:
    return partial(
        torch.nn.functional.layer_norm,
        normalized_shape=norm.normalized_shape,
        weight=norm.weight.detach(),
        bias=norm.bias.detach(),
        eps=norm.eps,
    )
