"""The scheduler: what it promises about places, batches, padding and waiting."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import QueueFull
from summarizer.scheduler import MAX_PADDING_SHARE, Entry, Limits, Scheduler

LIMITS = Limits(max_batch_size=4, max_batch_tokens=100, max_waiting=10, window=6)


def scheduler_with(lengths: Sequence[int], limits: Limits = LIMITS) -> Scheduler[int]:
    scheduler: Scheduler[int] = Scheduler(limits)
    for position, tokens in enumerate(lengths):
        scheduler.ready(scheduler.join(), position, tokens)
    return scheduler


def taken(batch: Sequence[Entry[int]]) -> set[int]:
    return {entry.item for entry in batch}


@pytest.mark.parametrize(
    ("lengths", "batches"),
    [
        pytest.param([], [set()], id="nothing"),
        pytest.param([10, 10, 10, 10, 10], [{0, 1, 2, 3}, {4}], id="size"),
        pytest.param([40, 40, 40], [{0, 1}, {2}], id="token-budget"),
        pytest.param([10, 90, 11, 88, 12], [{0, 2, 4}, {1}, {3}], id="similar-length"),
        pytest.param([10, 30], [{0}, {1}], id="too-much-padding"),
        pytest.param([500, 10, 10], [{0}, {1, 2}], id="oversized-alone"),
        pytest.param([10, 500, 10], [{0, 2}, {1}], id="oversized-waits-its-turn"),
        pytest.param([9, 10, 10, 10, 10, 10, 9], [{0, 1, 2, 3}, {4, 5, 6}], id="window-is-bounded"),
    ],
)
def test_batches(lengths: list[int], batches: list[set[int]]) -> None:
    scheduler = scheduler_with(lengths)
    assert [taken(scheduler.take()) for _ in batches] == batches
    assert len(scheduler) == 0


def test_a_full_queue_refuses_and_a_place_given_up_is_free() -> None:
    scheduler: Scheduler[int] = Scheduler(Limits(max_waiting=2))
    first, second = scheduler.join(), scheduler.join()
    scheduler.ready(first, 1, 10)
    with pytest.raises(QueueFull):
        scheduler.join()
    assert scheduler.leave(second)
    scheduler.join()
    with pytest.raises(QueueFull):
        scheduler.join()


def test_who_left_is_never_taken() -> None:
    scheduler: Scheduler[str] = Scheduler(LIMITS)
    gone, kept = scheduler.join(), scheduler.join()
    scheduler.ready(gone, "gone", 10)
    scheduler.ready(kept, "kept", 10)
    assert scheduler.leave(gone)
    assert not scheduler.leave(gone)
    assert [entry.item for entry in scheduler.take()] == ["kept"]
    assert not scheduler.leave(kept)


def test_who_left_while_being_prepared_cannot_become_ready() -> None:
    scheduler: Scheduler[int] = Scheduler(LIMITS)
    ticket = scheduler.join()
    scheduler.leave(ticket)
    with pytest.raises(KeyError):
        scheduler.ready(ticket, 1, 10)


@pytest.mark.parametrize(
    ("lengths", "slots", "tokens", "expected"),
    [
        pytest.param([10, 10, 10], 2, 100, {0, 1}, id="free-slots"),
        pytest.param([10, 10, 10], 4, 20, {0, 1}, id="free-tokens"),
        pytest.param([10], 0, 100, set(), id="no-slot"),
        pytest.param([50, 10], 4, 20, set(), id="oldest-first-waits-for-room"),
        pytest.param([500, 10], 3, 100, set(), id="oversized-waits-for-an-empty-loop"),
        pytest.param([500, 10], 4, 100, {0}, id="oversized-in-an-empty-loop"),
    ],
)
def test_joining_what_already_runs(
    lengths: list[int], slots: int, tokens: int, expected: set[int]
) -> None:
    assert taken(scheduler_with(lengths).take(slots, tokens)) == expected


def test_clear_takes_out_what_is_ready() -> None:
    scheduler = scheduler_with([10, 90])
    assert taken(scheduler.clear()) == {0, 1}
    assert scheduler.take() == []


@pytest.mark.parametrize("name", ["max_batch_size", "max_batch_tokens", "max_waiting", "window"])
def test_limits_below_one_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Limits(**{name: 0})


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(1, 120)),
        st.tuples(st.just("leave"), st.integers(0, 30)),
        st.tuples(st.just("take"), st.just(0)),
    ),
    max_size=80,
)


@given(STEPS, st.integers(1, 5), st.integers(1, 12))
def test_any_history(steps: list[tuple[str, int]], size: int, window: int) -> None:
    """Limits hold, nobody is lost or runs twice, and nobody waits longer than promised."""
    limits = Limits(max_batch_size=size, max_batch_tokens=100, max_waiting=20, window=window)
    scheduler: Scheduler[int] = Scheduler(limits)
    waiting: dict[int, int] = {}
    """Ticket to the number of batches within which it must run; oldest first."""

    def take() -> None:
        batch = scheduler.take()
        check_batch(batch, limits)
        assert bool(batch) == bool(waiting)
        if batch:
            assert next(iter(waiting)) in {entry.ticket for entry in batch}
        for entry in batch:
            assert entry.item == entry.ticket
            del waiting[entry.ticket]
        for ticket, batches_left in waiting.items():
            assert batches_left > 1, "it waits longer than promised"
            waiting[ticket] = batches_left - 1

    for step, number in steps:
        if step == "arrive" and len(waiting) < limits.max_waiting:
            ticket = scheduler.join()
            scheduler.ready(ticket, ticket, number)
            waiting[ticket] = len(waiting) + 1
        elif step == "leave":
            assert scheduler.leave(number) == (waiting.pop(number, None) is not None)
        elif step == "take":
            take()
        assert len(scheduler) == len(waiting)
    while waiting:
        take()


def check_batch(batch: Sequence[Entry[int]], limits: Limits) -> None:
    if len(batch) < 2:
        return
    assert len(batch) <= limits.max_batch_size
    padded = len(batch) * max(entry.tokens for entry in batch)
    assert padded <= limits.max_batch_tokens
    assert padded - sum(entry.tokens for entry in batch) <= MAX_PADDING_SHARE * padded
