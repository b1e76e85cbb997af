"""How much arithmetic and how many bytes the random T5 model needs, counted from its shape."""

from benchmarks.models import SHAPE
from benchmarks.texts import FIELDS

BYTES_PER_WEIGHT = {"int8": 1, "float32": 4, "bfloat16": 2}
CACHE_BYTES = 4
"""Keys and values are kept in float32."""

_WIDTH: int = SHAPE["d_model"]
_INNER: int = SHAPE["num_heads"] * SHAPE["d_kv"]
_HIDDEN: int = SHAPE["d_ff"]
_ENCODER_LAYERS: int = SHAPE["num_layers"]
_DECODER_LAYERS: int = SHAPE["num_decoder_layers"]
_GATED_MATRICES = 3
"""Of a gated feed-forward layer."""


def encode_operations(tokens: int) -> int:
    """Multiplications and additions to take one report in.

    That is the encoder, and the keys and values of it for every decoder layer.
    """
    projections = 4 * _WIDTH * _INNER
    feed_forward = _GATED_MATRICES * _WIDTH * _HIDDEN
    attention = 2 * tokens * _INNER
    layer = tokens * (projections + feed_forward + attention)
    cross = tokens * 2 * _WIDTH * _INNER
    return 2 * (_ENCODER_LAYERS * layer + _DECODER_LAYERS * cross)


def step_weights() -> int:
    """Weights that a decoder step must read, however few rows it computes."""
    own_and_cross = (4 + 2) * _WIDTH * _INNER
    feed_forward = _GATED_MATRICES * _WIDTH * _HIDDEN
    vocabulary: int = SHAPE["vocab_size"] * _WIDTH
    return _DECODER_LAYERS * (own_and_cross + feed_forward) + vocabulary


def step_bytes(precision: str, source_tokens: int, columns: int) -> int:
    """Bytes that a step of one report reads: the weights, and its keys and values.

    Those of the source are shared by the report's rows; each row has its own of the target, here
    of `columns` tokens.
    """
    positions = source_tokens + FIELDS * columns
    cached = 2 * _DECODER_LAYERS * positions * _INNER * CACHE_BYTES
    return step_weights() * BYTES_PER_WEIGHT[precision] + cached
