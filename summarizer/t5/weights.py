"""The weights of a T5-family model of transformers, fused and packed for serving.

Projections that read the same rows are one matrix, and the weight of each RMS normalization is
folded into the matrices behind it, so that `Linear.normed` is all that is left of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from summarizer.dense import VECTOR, activated
from summarizer.linear import Linear, Packer, Precision, packer, resolve


@dataclass(frozen=True, slots=True)
class FeedForward:
    """Two matrices around an activation; where it is gated, the first holds gate and input."""

    inner: Linear
    outer: Linear
    activation: Callable[[Tensor], Tensor]
    gated: bool
    epsilon: float

    def add_to(self, x: Tensor) -> None:
        """Add the layer's output to the residual `x`, `[rows, width]`."""
        hidden = self.inner.normed(x, self.epsilon)
        if not self.gated:
            self.outer.add_to(x, activated(self.activation, hidden))
            return
        gate, linear = hidden.chunk(2, dim=1)
        self.outer.add_to(x, activated(self.activation, gate).mul_(linear))


@dataclass(frozen=True, slots=True)
class EncoderLayer:
    """Self-attention and feed-forward. `qkv` gives query, key and value side by side."""

    qkv: Linear
    out: Linear
    feed_forward: FeedForward
    bias: Tensor
    """`[heads, distances]` for key minus query from `1 - max_source` to `max_source - 1`."""


@dataclass(frozen=True, slots=True)
class DecoderLayer:
    """Self-attention, cross-attention and feed-forward.

    `cross_kv` reads the encoder's states before their last normalization.
    """

    qkv: Linear
    out: Linear
    cross_q: Linear
    cross_kv: Linear
    cross_out: Linear
    feed_forward: FeedForward
    bias: Tensor
    """`[ages, heads, columns]`: the scores' bias of a query of each age; -inf for the future."""


@dataclass(frozen=True, slots=True)
class T5:
    """A whole model. `head` packs the vocabulary's projection for the tokens that are asked for."""

    embedding: Tensor
    encoder: tuple[EncoderLayer, ...]
    decoder: tuple[DecoderLayer, ...]
    head: Callable[[Sequence[int]], Linear]
    heads: int
    head_width: int
    epsilon: float
    attention_type: torch.dtype
    """What keys and values are kept in, and attention is computed in."""


def lay_out(
    model: Any,
    precision: Precision,
    device: torch.device,
    max_source: int,
    max_columns: int,
) -> T5:
    """Lay a `T5ForConditionalGeneration` out, or an mT5 or umT5 one, in evaluation mode.

    Encoder inputs have at most `max_source` tokens, decoder rows at most `max_columns`.
    """
    pack = packer(precision, device)
    config = model.config
    epsilon = float(config.layer_norm_epsilon)
    encoder, decoder = model.encoder, model.decoder
    first = encoder.block[0].layer[0].SelfAttention, decoder.block[0].layer[0].SelfAttention
    encoder_biases = _shared(encoder.block, lambda of: _encoder_bias(of, max_source).to(device))
    decoder_biases = _shared(decoder.block, lambda of: _decoder_bias(of, max_columns).to(device))
    scale = _head_scale(model)
    head_weight = model.lm_head.weight.detach() * (decoder.final_layer_norm.weight * scale)

    def head(token_ids: Sequence[int]) -> Linear:
        return pack(head_weight[torch.tensor(token_ids)])

    return T5(
        embedding=model.shared.weight.detach().float().to(device),
        encoder=tuple(
            _encoder_layer(block, pack, epsilon, bias)
            for block, bias in zip(encoder.block, encoder_biases, strict=True)
        ),
        decoder=tuple(
            _decoder_layer(block, encoder.final_layer_norm.weight, pack, epsilon, bias)
            for block, bias in zip(decoder.block, decoder_biases, strict=True)
        ),
        head=head,
        heads=first[0].n_heads,
        head_width=first[0].key_value_proj_dim,
        epsilon=epsilon,
        attention_type=(
            torch.bfloat16 if resolve(precision, device) == "bfloat16" else torch.float32
        ),
    )


def _head_scale(model: Any) -> float:
    """What transformers multiplies the last states by before the vocabulary."""
    config = model.config
    scaled = {
        "t5": getattr(config, "scale_decoder_outputs", config.tie_word_embeddings),
        "mt5": False,
        "umt5": config.tie_word_embeddings,
    }[config.model_type]
    return float(config.d_model**-0.5) if scaled else 1.0


def _encoder_layer(block: Any, pack: Packer, epsilon: float, bias: Tensor) -> EncoderLayer:
    attention, feed_forward = block.layer
    inner = attention.SelfAttention
    return EncoderLayer(
        qkv=pack(_fused(attention.layer_norm.weight, inner.q, inner.k, inner.v)),
        out=pack(inner.o.weight.detach()),
        feed_forward=_feed_forward(feed_forward, pack, epsilon),
        bias=bias,
    )


def _decoder_layer(
    block: Any, encoder_norm: Tensor, pack: Packer, epsilon: float, bias: Tensor
) -> DecoderLayer:
    attention, cross, feed_forward = block.layer
    inner, outer = attention.SelfAttention, cross.EncDecAttention
    return DecoderLayer(
        qkv=pack(_fused(attention.layer_norm.weight, inner.q, inner.k, inner.v)),
        out=pack(inner.o.weight.detach()),
        cross_q=pack(_fused(cross.layer_norm.weight, outer.q)),
        cross_kv=pack(_fused(encoder_norm, outer.k, outer.v)),
        cross_out=pack(outer.o.weight.detach()),
        feed_forward=_feed_forward(feed_forward, pack, epsilon),
        bias=bias,
    )


def _feed_forward(layer: Any, pack: Packer, epsilon: float) -> FeedForward:
    dense, norm = layer.DenseReluDense, layer.layer_norm.weight
    gated = hasattr(dense, "wi_0")
    inputs = [_padded(_fused(norm, one)) for one in _inner(dense)]
    return FeedForward(
        inner=pack(torch.cat(inputs)),
        outer=pack(_padded(dense.wo.weight.detach().t()).t()),
        activation=_activation(dense.act),
        gated=gated,
        epsilon=epsilon,
    )


def _inner(dense: Any) -> list[Any]:
    return [dense.wi_0, dense.wi_1] if hasattr(dense, "wi_0") else [dense.wi]


def _fused(norm: Tensor, *layers: Any) -> Tensor:
    return torch.cat([layer.weight.detach() for layer in layers]).float() * norm.detach().float()


def _padded(weight: Tensor) -> Tensor:
    """More outputs of zero, to a whole number of vectors; every activation of T5 keeps zero."""
    return torch.nn.functional.pad(weight, (0, 0, 0, -len(weight) % VECTOR))


def _activation(activation: Any) -> Callable[[Tensor], Tensor]:
    """`gelu_new` of transformers in one kernel of torch, anything else as it is."""
    if type(activation).__name__ == "NewGELUActivation":
        return partial(torch.nn.functional.gelu, approximate="tanh")
    callable_module: Callable[[Tensor], Tensor] = activation
    return callable_module


def _shared(blocks: Any, bias_of: Callable[[Any], Tensor]) -> list[Tensor]:
    """The bias of each layer; T5 and mT5 have one for all of them, in the first."""
    biases: list[Tensor] = []
    for block in blocks:
        attention = block.layer[0].SelfAttention
        has_own = attention.has_relative_attention_bias
        biases.append(bias_of(attention) if has_own else biases[0])
    return biases


@torch.no_grad()
def _encoder_bias(attention: Any, max_source: int) -> Tensor:
    before = attention.compute_bias(1, max_source, past_seen_tokens=max_source - 1)
    after = attention.compute_bias(1, max_source)
    return torch.cat([before[0, :, 0], after[0, :, 0, 1:]], dim=1).float()


@torch.no_grad()
def _decoder_bias(attention: Any, columns: int) -> Tensor:
    future = torch.ones((columns, columns), dtype=torch.bool).triu(1)
    bias: Tensor = (
        attention.compute_bias(columns, columns)[0].float().masked_fill(future, -torch.inf)
    )
    return bias.transpose(0, 1).contiguous()
