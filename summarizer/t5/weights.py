"""The weights of a T5-family model of transformers, fused and packed for serving.

Projections that read the same rows are one matrix, and the weight of each RMS normalization is
folded into the matrices behind it, so that `Linear.normed` is all that is left of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from summarizer.compiled import traced
from summarizer.dense import VECTOR
from summarizer.linear import Linear, Packer, Precision, packer, resolve
from summarizer.t5.layers import DecoderLayer, EncoderLayer, FeedForward, Shape, SourceKeys


@dataclass(frozen=True, slots=True)
class T5:
    """A whole model. `head` packs the vocabulary's projection for the tokens that are asked for.

    Layers know their biases by number. `encoder_biases` are `[heads, distances]` for key minus
    query from `1 - max_source` to `max_source - 1`; `decoder_biases` are `[ages, heads, columns]`,
    the scores' bias of a query of each age, -inf for the future.
    """

    embedding: Tensor
    encoder: tuple[EncoderLayer, ...]
    decoder: tuple[DecoderLayer, ...]
    source_keys: SourceKeys
    encoder_biases: list[Tensor]
    decoder_biases: list[Tensor]
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
    first = encoder.block[0].layer[0].SelfAttention
    heads, width = first.n_heads, first.key_value_proj_dim
    attention_type = torch.bfloat16 if resolve(precision, device) == "bfloat16" else torch.float32
    shape = Shape(heads, width, torch.empty(0, dtype=attention_type, device=device))
    scale = _head_scale(model)
    head_weight = model.lm_head.weight.detach() * (decoder.final_layer_norm.weight * scale)

    def head(token_ids: Sequence[int]) -> Linear:
        return pack(head_weight[torch.tensor(token_ids)])

    return T5(
        embedding=model.shared.weight.detach().float().to(device),
        encoder=tuple(
            _encoder_layer(block, pack, epsilon, table, shape)
            for block, table in zip(encoder.block, _tables(encoder.block), strict=True)
        ),
        decoder=tuple(
            _decoder_layer(block, pack, epsilon, table, shape)
            for block, table in zip(decoder.block, _tables(decoder.block), strict=True)
        ),
        source_keys=SourceKeys(
            [_source_keys(block, encoder.final_layer_norm.weight, pack) for block in decoder.block],
            shape,
            epsilon,
        ),
        encoder_biases=[
            _encoder_bias(attention, max_source).to(device) for attention in _biased(encoder.block)
        ],
        decoder_biases=[
            _decoder_bias(attention, max_columns).to(device) for attention in _biased(decoder.block)
        ],
        head=head,
        heads=heads,
        head_width=width,
        epsilon=epsilon,
        attention_type=attention_type,
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


def _encoder_layer(
    block: Any, pack: Packer, epsilon: float, table: int, shape: Shape
) -> EncoderLayer:
    attention, feed_forward = block.layer
    inner = attention.SelfAttention
    return EncoderLayer(
        qkv=pack(_fused(attention.layer_norm.weight, inner.q, inner.k, inner.v)),
        out=pack(inner.o.weight.detach()),
        feed_forward=_feed_forward(feed_forward, pack, epsilon),
        table=table,
        shape=shape,
    )


def _decoder_layer(
    block: Any, pack: Packer, epsilon: float, table: int, shape: Shape
) -> DecoderLayer:
    attention, cross, feed_forward = block.layer
    inner, outer = attention.SelfAttention, cross.EncDecAttention
    return DecoderLayer(
        qkv=pack(_fused(attention.layer_norm.weight, inner.q, inner.k, inner.v)),
        out=pack(inner.o.weight.detach()),
        cross_q=pack(_fused(cross.layer_norm.weight, outer.q)),
        cross_out=pack(outer.o.weight.detach()),
        feed_forward=_feed_forward(feed_forward, pack, epsilon),
        table=table,
        shape=shape,
    )


def _source_keys(block: Any, encoder_norm: Tensor, pack: Packer) -> Linear:
    attention = block.layer[1].EncDecAttention
    return pack(_fused(encoder_norm, attention.k, attention.v))


def _feed_forward(layer: Any, pack: Packer, epsilon: float) -> FeedForward:
    dense, norm = layer.DenseReluDense, layer.layer_norm.weight
    inputs = [_padded(_fused(norm, one)) for one in _inner(dense)]
    return FeedForward(
        inner=pack(torch.cat(inputs)),
        outer=pack(_padded(dense.wo.weight.detach().t()).t()),
        activation=traced(_activation(dense.act), torch.zeros(1, VECTOR)),
        gated=len(inputs) > 1,
        epsilon=epsilon,
    )


def _inner(dense: Any) -> list[Any]:
    return [dense.wi_0, dense.wi_1] if hasattr(dense, "wi_0") else [dense.wi]


def _fused(norm: Tensor, *layers: Any) -> Tensor:
    return torch.cat([layer.weight.detach() for layer in layers]).float() * norm.detach().float()


def _padded(weight: Tensor) -> Tensor:
    """More outputs of zero, to a whole number of vectors; every activation of T5 keeps zero."""
    return torch.nn.functional.pad(weight, (0, 0, 0, -len(weight) % VECTOR))


def _activation(activation: nn.Module) -> nn.Module:
    """`gelu_new` of transformers in one kernel of torch, anything else as it is."""
    if type(activation).__name__ == "NewGELUActivation":
        return nn.GELU(approximate="tanh")
    return activation


def _biased(blocks: Any) -> list[Any]:
    """The attentions that have a bias table; in T5 and mT5 it is the first, for all layers."""
    attentions = [block.layer[0].SelfAttention for block in blocks]
    return [attention for attention in attentions if attention.has_relative_attention_bias]


def _tables(blocks: Any) -> list[int]:
    """The number of each layer's bias table."""
    return list(range(len(blocks))) if len(_biased(blocks)) > 1 else [0] * len(blocks)


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
