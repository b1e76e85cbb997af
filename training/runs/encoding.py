"""Encoding the records of a run: at once in its own process, or on all of Ray's cores."""

from collections.abc import Iterator, Sequence
from typing import Any

import ray
from ray.exceptions import RayTaskError

from training.data.parts import Parts
from training.learning.encoded import ForEach, Piece, PieceEncoder, write_examples
from training.learning.task import Encoder
from training.runs.run_folder import RunFolder

MANY_BYTES = 32_000_000
"""A file of records from which on it pays to start processes for them."""


def encode_parts(encoder: Encoder, folder: RunFolder, parts: Parts) -> None:
    """Write the examples of those parts that have none yet. Ray runs already."""
    for name, records in (("train", parts.train), ("validation", parts.validation)):
        if not folder.examples(name).is_dir():
            is_much = records.path.stat().st_size > MANY_BYTES
            for_each: ForEach = for_each_on_ray if is_much else map
            write_examples(encoder, records, folder.examples(name), for_each)


def for_each_on_ray(encode_piece: PieceEncoder, pieces: Sequence[Piece]) -> Iterator[int]:
    """Encode each piece on a core of its own; the pieces' counts of records, in order.

    Raises what encoding one of them raised; the others are then not waited for.
    """
    # Ray's annotations say nothing of what a task takes and returns.
    encode: Any = ray.remote(num_cpus=1)(_encode)
    encoder = ray.put(encode_piece)
    counts = [encode.remote(encoder, piece) for piece in pieces]
    try:
        for count in counts:
            yield ray.get(count)
    except RayTaskError as error:
        raise error.cause from error
    finally:
        for count in counts:
            ray.cancel(count)


def _encode(encode_piece: PieceEncoder, piece: Piece) -> int:
    return encode_piece(piece)
