"""Encoding the records of a run: at once in its own process, or on all of Ray's cores."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from schemas.errors import TrainingError
from training.data.parts import Parts
from training.learning.encoded import ForEach, Piece, PieceEncoder, write_examples
from training.learning.task import Encoder
from training.runs.run_folder import RunFolder

MANY_BYTES = 32_000_000
"""A file of records from which on it pays to start processes for them."""
PIECES_PER_CORE = 2
"""Of the pieces that are asked for at the same time."""


def encode_parts(encoder: Encoder, folder: RunFolder, parts: Parts) -> None:
    """Write the examples of those parts that have none yet. Ray runs already."""
    for name, records in (("train", parts.train), ("validation", parts.validation)):
        if not folder.examples(name).is_dir():
            is_much = records.path.stat().st_size > MANY_BYTES
            for_each: ForEach = for_each_on_ray if is_much else map
            write_examples(encoder, records, folder.examples(name), for_each)


def for_each_on_ray(encode_piece: PieceEncoder, pieces: Sequence[Piece]) -> Iterator[int]:
    """Encode each piece on a core of its own; the pieces' counts of records, in order.

    Raises what encoding one of them raised, and TrainingError where its process was lost.
    """
    # Ray's annotations say nothing of what a task takes and returns.
    encode: Any = ray.remote(num_cpus=1)(_encode)
    encoder = ray.put(encode_piece)
    left = iter(pieces)
    # No more at once than keeps every core busy: after a failure the others are left to end, since
    # Ray 2.60 may abort a process that cancels a task which is just about to start.
    cores = ray.cluster_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
    at_once = PIECES_PER_CORE * int(cores)
    counts = deque(encode.remote(encoder, piece) for piece in islice(left, at_once))
    try:
        while counts:
            yield ray.get(counts.popleft())
            counts.extend(encode.remote(encoder, piece) for piece in islice(left, 1))
    except RayTaskError as error:
        raise error.cause from error
    except RayError as error:
        raise TrainingError(
            f"a process that encoded records was lost ({type(error).__name__}), perhaps for its "
            "memory; go on with --resume"
        ) from error


def _encode(encode_piece: PieceEncoder, piece: Piece) -> int:
    return encode_piece(piece)
