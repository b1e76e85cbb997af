"""The properties that training relies on, over any lengths, batch size and number of workers."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.sampler import LengthBucketedBatchSampler

LENGTHS = st.lists(st.integers(1, 512), min_size=1, max_size=200)
BATCH = st.integers(1, 9)
WORKERS = st.integers(1, 5)


def epoch_of(
    lengths: list[int], batch_size: int, workers: int, seed: int = 0, epoch: int = 0
) -> list[list[list[int]]]:
    """The batches of each worker."""
    ranks = []
    for rank in range(workers):
        sampler = LengthBucketedBatchSampler(lengths, batch_size, rank, workers, seed)
        sampler.set_epoch(epoch)
        batches = list(sampler)
        assert len(sampler) == len(batches)
        ranks.append(batches)
    return ranks


@given(LENGTHS, BATCH, WORKERS, st.integers(0, 2**32), st.integers(0, 100))
def test_workers_have_equal_epochs_that_cover_every_example(
    lengths: list[int], batch_size: int, workers: int, seed: int, epoch: int
) -> None:
    ranks = epoch_of(lengths, batch_size, workers, seed, epoch)
    assert len({len(batches) for batches in ranks}) == 1
    assert {len(batch) for batches in ranks for batch in batches} == {batch_size}

    seen = Counter(index for batches in ranks for batch in batches for index in batch)
    assert set(seen) == set(range(len(lengths)))
    repeats = seen.total() - len(lengths)
    assert repeats < batch_size * workers
    # Repeats are spread: no example comes once more than another needs to.
    assert max(seen.values()) - min(seen.values()) <= 1


@given(LENGTHS, BATCH, WORKERS, st.integers(0, 2**32))
def test_an_epoch_can_be_had_again(
    lengths: list[int], batch_size: int, workers: int, seed: int
) -> None:
    again = epoch_of(lengths, batch_size, workers, seed, epoch=3)
    assert epoch_of(lengths, batch_size, workers, seed, epoch=3) == again


@pytest.mark.parametrize(
    ("seed", "epoch"), [pytest.param(0, 1, id="epoch"), pytest.param(1, 0, id="seed")]
)
def test_epochs_and_seeds_differ(seed: int, epoch: int) -> None:
    lengths = list(range(1, 101))
    assert epoch_of(lengths, 4, 2) != epoch_of(lengths, 4, 2, seed, epoch)


def test_epochs_mix_their_batches_anew() -> None:
    lengths = list(range(1, 161))
    first, second = (
        {frozenset(batch) for batch in epoch_of(lengths, 4, 1, epoch=epoch)[0]} for epoch in (0, 1)
    )
    assert len(first & second) < len(first) / 4


def test_batches_hold_like_lengths_and_are_not_in_order_of_length() -> None:
    source = random.Random(7)
    lengths = [source.randint(1, 512) for _ in range(4000)]
    ranks = epoch_of(lengths, 8, 2)
    batches = [batch for batches in ranks for batch in batches]
    padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    assert padded < 1.05 * sum(lengths)

    firsts = [lengths[batch[0]] for batch in ranks[0]]
    rising = sum(one <= other for one, other in pairwise(firsts))
    assert 0.4 < rising / (len(firsts) - 1) < 0.6


def test_workers_have_like_lengths_in_one_step() -> None:
    source = random.Random(7)
    lengths = [source.randint(1, 512) for _ in range(4000)]
    first, second = epoch_of(lengths, 8, 2)
    for one, other in zip(first, second, strict=True):
        spread = [lengths[index] for index in (*one, *other)]
        assert max(spread) - min(spread) < 60


@pytest.mark.parametrize(
    ("lengths", "batch_size", "rank", "workers"),
    [
        pytest.param([], 2, 0, 1, id="no-examples"),
        pytest.param([1], 0, 0, 1, id="no-batch-size"),
        pytest.param([1], 2, 1, 1, id="rank-out-of-range"),
    ],
)
def test_what_cannot_be_sampled(
    lengths: list[int], batch_size: int, rank: int, workers: int
) -> None:
    with pytest.raises(ValueError, match="no "):
        LengthBucketedBatchSampler(lengths, batch_size, rank, workers, seed=0)
