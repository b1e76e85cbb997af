"""The door before the replicas: a refusal is repeated while as many are there, and for so long."""

import asyncio
from contextlib import ExitStack

import pytest

from deployments.back_pressure import REPEATED_FOR_S, BackPressure
from schemas.errors import QueueFull
from summarizer.metrics import Name
from tests.fakes import RecordingMetrics

FULL = QueueFull("full", 7)


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def door(metrics: RecordingMetrics, clock: Clock) -> BackPressure:
    return BackPressure(metrics, clock)


def refused_by_a_replica(door: BackPressure) -> None:
    with pytest.raises(QueueFull) as raised, door.asking():
        raise FULL
    assert raised.value is FULL


def test_a_refusal_is_repeated_with_its_time_while_as_many_ask(
    door: BackPressure, metrics: RecordingMetrics
) -> None:
    with door.asking():
        with door.asking():
            refused_by_a_replica(door)
            for _ in range(3):
                with pytest.raises(QueueFull) as raised, door.asking():
                    pytest.fail("it must not ask")
                assert (raised.value.detail, raised.value.retry_after_s) == ("full", 7)
        with door.asking():
            pass
    assert metrics.counts[f"{Name.REJECTIONS}{{queue_full}}"] == 3


def test_those_that_were_refused_together_do_not_count_as_places(door: BackPressure) -> None:
    """Five run, three more arrive before the first refusal: a sixth is refused all the same."""
    with ExitStack() as five:
        for _ in range(5):
            five.enter_context(door.asking())
        together = [door.asking() for _ in range(3)]
        for each in together:
            each.__enter__()
        for each in together:
            assert not each.__exit__(QueueFull, FULL, None)
        with pytest.raises(QueueFull), door.asking():
            pytest.fail("it must not ask")
    with door.asking():
        pass


def test_after_a_while_a_replica_is_asked_again(door: BackPressure, clock: Clock) -> None:
    with door.asking():
        refused_by_a_replica(door)
        clock.now += REPEATED_FOR_S
        with door.asking(), door.asking():
            pass


def test_one_may_always_ask(door: BackPressure) -> None:
    refused_by_a_replica(door)
    with door.asking(), pytest.raises(QueueFull), door.asking():
        pytest.fail("it must not ask")


def test_other_errors_and_cancellation_give_the_place_back(door: BackPressure) -> None:
    for error in (ValueError, asyncio.CancelledError):
        with pytest.raises(error), door.asking():
            raise error
    refused_by_a_replica(door)
    with door.asking():
        pass
