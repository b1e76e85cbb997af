"""The properties that training relies on, over any lengths, batch sizes and numbers of workers."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.learning.batches import Batch, BatchPlan, BatchSize, share

LENGTHS = st.lists(st.integers(1, 512), min_size=1, max_size=200)
SIZES = st.one_of(
    st.builds(BatchSize, st.integers(1, 9)),
    st.builds(BatchSize, st.just(8), st.integers(16, 2048)),
)
PER_UPDATE = st.integers(1, 6)
WORKERS = st.integers(1, 5)


def many_lengths(count: int = 4000) -> list[int]:
    source = random.Random(7)
    return [source.randint(1, 512) for _ in range(count)]


def batches_of(updates: list[tuple[Batch, ...]]) -> list[Batch]:
    return [batch for update in updates for batch in update]


@given(LENGTHS, SIZES, PER_UPDATE, st.integers(0, 2**32), st.integers(0, 100))
def test_every_example_comes_once_in_an_epoch(
    lengths: list[int], size: BatchSize, per_update: int, seed: int, epoch: int
) -> None:
    updates = BatchPlan(lengths, size, per_update, seed).updates(epoch)
    assert all(1 <= len(update) <= per_update for update in updates)
    seen = Counter(index for batch in batches_of(updates) for index in batch)
    assert seen == Counter(range(len(lengths)))


@given(LENGTHS, SIZES, PER_UPDATE)
def test_no_batch_is_larger_than_it_may_be(
    lengths: list[int], size: BatchSize, per_update: int
) -> None:
    for batch in batches_of(BatchPlan(lengths, size, per_update, 0).updates(0)):
        if size.tokens is None:
            assert len(batch) <= size.examples
        else:
            padded = len(batch) * max(lengths[index] for index in batch)
            assert padded <= size.tokens or len(batch) == 1


@given(LENGTHS, SIZES, PER_UPDATE, WORKERS)
def test_workers_share_an_update_out(
    lengths: list[int], size: BatchSize, per_update: int, workers: int
) -> None:
    for update in BatchPlan(lengths, size, per_update, 0).updates(0):
        shares = [share(update, rank, workers) for rank in range(workers)]
        assert Counter(batch for one in shares for batch in one) == Counter(update)
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(LENGTHS, SIZES, PER_UPDATE, st.integers(0, 2**32))
def test_an_epoch_can_be_had_again(
    lengths: list[int], size: BatchSize, per_update: int, seed: int
) -> None:
    once, again = (BatchPlan(lengths, size, per_update, seed).updates(3) for _ in range(2))
    assert once == again


@pytest.mark.parametrize(
    ("seed", "epoch"), [pytest.param(0, 1, id="epoch"), pytest.param(1, 0, id="seed")]
)
def test_epochs_and_seeds_differ(seed: int, epoch: int) -> None:
    lengths = list(range(1, 101))
    first = BatchPlan(lengths, BatchSize(4), 2, 0).updates(0)
    assert first != BatchPlan(lengths, BatchSize(4), 2, seed).updates(epoch)


def test_epochs_mix_their_batches_anew() -> None:
    plan = BatchPlan(list(range(1, 161)), BatchSize(4), 1, 0)
    first, second = ({frozenset(batch) for batch in batches_of(plan.updates(at))} for at in (0, 1))
    assert len(first & second) < len(first) / 4


@pytest.mark.parametrize(
    "size",
    [pytest.param(BatchSize(8), id="examples"), pytest.param(BatchSize(8, 2048), id="tokens")],
)
def test_batches_hold_like_lengths_and_are_not_in_order_of_length(size: BatchSize) -> None:
    lengths = many_lengths()
    batches = batches_of(BatchPlan(lengths, size, 2, 0).updates(0))
    padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    assert padded < 1.1 * sum(lengths)
    firsts = [lengths[update[0][0]] for update in BatchPlan(lengths, size, 2, 0).updates(0)]
    rising = sum(one <= other for one, other in pairwise(firsts))
    assert 0.4 < rising / (len(firsts) - 1) < 0.6


def test_a_token_budget_is_used() -> None:
    lengths = many_lengths()
    batches = batches_of(BatchPlan(lengths, BatchSize(1, 2048), 1, 0).updates(0))
    used = [len(batch) * max(lengths[index] for index in batch) for batch in batches]
    assert sum(used) / len(used) > 0.8 * 2048


def test_the_batches_of_an_update_are_like_in_length() -> None:
    lengths = many_lengths()
    for update in BatchPlan(lengths, BatchSize(8), 2, 0).updates(0):
        of_update = [lengths[index] for batch in update for index in batch]
        assert max(of_update) - min(of_update) < 60


@pytest.mark.parametrize(
    ("lengths", "per_update"),
    [pytest.param([], 1, id="no-examples"), pytest.param([1], 0, id="no-batches-per-update")],
)
def test_what_cannot_be_planned(lengths: list[int], per_update: int) -> None:
    with pytest.raises(ValueError, match="no "):
        BatchPlan(lengths, BatchSize(2), per_update, seed=0)


@pytest.mark.parametrize(
    ("examples", "tokens"), [pytest.param(0, None, id="examples"), pytest.param(1, 0, id="tokens")]
)
def test_batches_that_cannot_be(examples: int, tokens: int | None) -> None:
    with pytest.raises(ValueError, match="no batches"):
        BatchSize(examples, tokens)
