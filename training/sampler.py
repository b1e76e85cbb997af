"""Batches of examples of like length, shared out over the workers of a run."""

import math
import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler

MAX_BUCKET_STEPS = 50
"""A bucket holds this many steps' worth of examples: enough to find like lengths in."""

MIN_BUCKETS = 4
"""With fewer, an epoch would have (nearly) the same batches as the one before."""


class LengthBucketedBatchSampler(Sampler[list[int]]):
    """The batches of one worker (`rank` of `world_size`), as lists of indices into `lengths`.

    Each epoch shuffles all examples, cuts them into buckets and sorts each bucket by length, so
    that little of a batch is padding while batches stay random. The batches of one step, one per
    worker, are neighbours in length, so workers wait little for each other. Over all workers every
    example comes exactly once, but for some that are repeated to fill the last step: each worker
    has equally many batches of `batch_size`.

    The order depends on `seed` and the epoch alone: every worker computes it by itself, and a
    resumed epoch is the same again.
    """

    def __init__(
        self, lengths: Sequence[int], batch_size: int, rank: int, world_size: int, seed: int
    ) -> None:
        if batch_size < 1 or not 0 <= rank < world_size:
            raise ValueError(f"no batches: size {batch_size}, rank {rank} of {world_size}")
        if not lengths:
            raise ValueError("no examples to sample")
        self._lengths = lengths
        self._batch_size = batch_size
        self._rank = rank
        self._world_size = world_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of this epoch; without it every epoch has the order of epoch 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Batches per epoch, the same for every worker."""
        return math.ceil(len(self._lengths) / (self._batch_size * self._world_size))

    def __iter__(self) -> Iterator[list[int]]:
        order = random.Random(f"{self._seed}/{self._epoch}")
        shuffled = list(range(len(self._lengths)))
        order.shuffle(shuffled)
        per_step = self._batch_size * self._world_size
        repeats = len(self) * per_step - len(shuffled)
        padded = shuffled + [shuffled[at % len(shuffled)] for at in range(repeats)]
        for step in self._steps(padded, per_step, order):
            yield step[self._rank * self._batch_size : (self._rank + 1) * self._batch_size]

    def _steps(self, indices: list[int], per_step: int, order: random.Random) -> list[list[int]]:
        """The examples of each step, sorted by length within, in random order."""
        steps = []
        bucket_size = per_step * max(1, min(MAX_BUCKET_STEPS, len(self) // MIN_BUCKETS))
        for start in range(0, len(indices), bucket_size):
            bucket = sorted(
                indices[start : start + bucket_size], key=lambda index: self._lengths[index]
            )
            steps += [bucket[at : at + per_step] for at in range(0, len(bucket), per_step)]
        order.shuffle(steps)
        return steps
