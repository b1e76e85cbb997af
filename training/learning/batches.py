"""Which examples are learnt from together: the batches of every update, for any number of workers.

What an update learns from depends on the seed, the epoch and the examples alone, so a run that goes
on with fewer workers, or from a checkpoint, learns the same.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

Batch = tuple[int, ...]
"""Indices of examples that are computed together."""

MAX_BUCKET_UPDATES = 50
"""A bucket holds this many updates' worth of examples: enough to find like lengths in."""

LENGTH_NOISE = 0.05
"""A length counts as up to this share less or more, so that epochs have other batches."""


@dataclass(frozen=True, slots=True)
class BatchSize:
    """How large a batch is: `examples`, or as many as have `tokens` tokens once they are padded.

    An example that alone has more tokens is a batch by itself.
    """

    examples: int
    tokens: int | None = None

    def __post_init__(self) -> None:
        if self.examples < 1 or (self.tokens is not None and self.tokens < 1):
            raise ValueError(f"no batches of {self.examples} examples or {self.tokens} tokens")

    def cut(self, indices: Sequence[int], lengths: Sequence[int]) -> list[Batch]:
        """Cut indices, sorted by about their lengths, into batches."""
        if self.tokens is None:
            return [
                tuple(indices[start : start + self.examples])
                for start in range(0, len(indices), self.examples)
            ]
        batches: list[Batch] = []
        batch: list[int] = []
        longest = 0
        for index in indices:
            longest = max(longest, lengths[index])
            # All are padded to the length of the longest.
            if batch and (len(batch) + 1) * longest > self.tokens:
                batches.append(tuple(batch))
                batch, longest = [], lengths[index]
            batch.append(index)
        return [*batches, tuple(batch)] if batch else batches


class BatchPlan:
    """The updates of every epoch, each with its batches.

    Each epoch shuffles all examples, cuts them into buckets and sorts each bucket by about their
    lengths, so that little of a batch is padding while batches stay random. The batches of one
    update are neighbours in length, so workers wait little for each other. Every example comes
    exactly once in an epoch; the last update of a bucket may have fewer batches.
    """

    def __init__(
        self, lengths: Sequence[int], size: BatchSize, batches_per_update: int, seed: int
    ) -> None:
        if batches_per_update < 1:
            raise ValueError(f"no updates of {batches_per_update} batches")
        if not lengths:
            raise ValueError("no examples to make batches of")
        self._lengths = lengths
        self._size = size
        self._batches_per_update = batches_per_update
        self._seed = seed

    def updates(self, epoch: int) -> list[tuple[Batch, ...]]:
        """The batches of each update of an epoch, in the order in which they are learnt from."""
        order = random.Random(f"{self._seed}/{epoch}")
        shuffled = list(range(len(self._lengths)))
        order.shuffle(shuffled)
        updates: list[tuple[Batch, ...]] = []
        size = self._bucket_size()
        for start in range(0, len(shuffled), size):
            about = {
                index: self._lengths[index] * order.uniform(1 - LENGTH_NOISE, 1 + LENGTH_NOISE)
                for index in shuffled[start : start + size]
            }
            batches = self._size.cut(sorted(about, key=about.__getitem__), self._lengths)
            updates += [
                tuple(batches[at : at + self._batches_per_update])
                for at in range(0, len(batches), self._batches_per_update)
            ]
        order.shuffle(updates)
        return updates

    def _bucket_size(self) -> int:
        per_batch = self._size.examples
        if self._size.tokens is not None:
            mean = sum(self._lengths) / len(self._lengths)
            per_batch = max(1, int(self._size.tokens / mean))
        return per_batch * self._batches_per_update * MAX_BUCKET_UPDATES


def share(update: Sequence[Batch], rank: int, workers: int) -> Sequence[Batch]:
    """The batches of an update that the worker of a rank computes; none where there are fewer."""
    return update[rank::workers]
