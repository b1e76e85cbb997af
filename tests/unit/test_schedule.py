"""The learning rate over a run."""

import math
from itertools import pairwise

import pytest

from training.learning.schedule import Schedule
from training.options import ScheduleName

PEAK = 1e-3


def rates(name: ScheduleName, warmup: int = 4, updates: int = 20) -> list[float]:
    schedule = Schedule(name, PEAK, warmup, updates)
    return [schedule.rate(update) for update in range(updates)]


@pytest.mark.parametrize("name", ["linear", "cosine", "constant"])
def test_it_rises_to_its_peak_and_every_update_learns(name: ScheduleName) -> None:
    found = rates(name)
    assert found[:4] == pytest.approx([PEAK / 4, PEAK / 2, PEAK * 3 / 4, PEAK])
    assert found[4] == PEAK
    assert min(found) > 0


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_it_falls_to_next_to_nothing(name: ScheduleName) -> None:
    found = rates(name)
    assert all(one > other for one, other in pairwise(found[4:]))
    assert found[-1] <= PEAK / 16


def test_the_middle_of_the_fall() -> None:
    assert Schedule("linear", PEAK, 0, 10).rate(5) == pytest.approx(PEAK / 2)
    assert Schedule("cosine", PEAK, 0, 10).rate(5) == pytest.approx(PEAK / 2)
    quarter = (1 + math.cos(math.pi / 4)) / 2
    assert Schedule("cosine", PEAK, 0, 8).rate(2) == pytest.approx(PEAK * quarter)


def test_a_constant_rate_stays() -> None:
    assert set(rates("constant")[3:]) == {PEAK}


def test_a_run_that_is_warm_up_only() -> None:
    assert Schedule("linear", PEAK, 2, 2).rate(1) == PEAK
