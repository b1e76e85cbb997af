"""The encoder: sources of any lengths side by side, without padding."""

from collections.abc import Sequence

import torch
from torch import Tensor

from summarizer.t5.weights import T5, EncoderLayer


class Encoder:
    """Reads sources.

    All their tokens go through the matrices as rows of one batch; each source attends to itself
    alone, so its states do not depend on the others.
    """

    def __init__(self, model: T5) -> None:
        self._model = model

    def __call__(self, sources: Sequence[Sequence[int]]) -> Tensor:
        """The states of all tokens, `[tokens, width]`, before the last normalization."""
        model = self._model
        device = model.embedding.device
        lengths = [len(source) for source in sources]
        ids = torch.tensor([token for source in sources for token in source], device=device)
        x = model.embedding[ids]
        biases: dict[tuple[int, int], Tensor] = {}
        for layer in model.encoder:
            qkv = layer.qkv.normed(x, model.epsilon).view(len(x), 3, model.heads, model.head_width)
            qkv = qkv.to(model.attention_type)
            attended = torch.empty_like(qkv[:, 0])
            start = 0
            for length in lengths:
                bias = biases.get(key := (id(layer.bias), length))
                if bias is None:
                    bias = biases[key] = _bias(layer, length)
                end = start + length
                attended[start:end] = _attend(qkv[start:end], bias)
                start = end
            layer.out.add_to(x, attended.flatten(1))
            layer.feed_forward.add_to(x)
        return x


def _attend(qkv: Tensor, bias: Tensor) -> Tensor:
    """`[tokens, 3, heads, width]` of one source to `[tokens, heads, width]`."""
    query, key, value = qkv.permute(1, 2, 0, 3)
    scores = torch.baddbmm(bias.to(query.dtype), query, key.transpose(1, 2))
    weights = scores.softmax(-1, dtype=torch.float32).to(query.dtype)
    return torch.bmm(weights, value).transpose(0, 1)


def _bias(layer: EncoderLayer, length: int) -> Tensor:
    """The bias of the scores in a source, `[heads, length, length]`."""
    middle = layer.bias.shape[1] // 2
    distances = layer.bias[:, middle - length + 1 : middle + length]
    # Window k begins at distance k + 1 - length, which is that of query length - 1 - k.
    return distances.unfold(1, length, 1).flip(1)
