import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Bounded, Spread, percentile, steady_rate

LATENCIES = st.lists(st.floats(0.001, 100), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.5, 3.0), (0.99, 5.0), (1.0, 5.0), (0.2, 1.0), (0.21, 2.0)],
)
def test_a_percentile_is_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile(share, [5.0, 1.0, 4.0, 2.0, 3.0]) == Bounded(expected)


def test_a_percentile_beyond_a_request_that_was_given_up_is_a_bound() -> None:
    assert percentile(0.5, [1.0, 2.0, 9.0], [3.0]) == Bounded(2.0)
    assert percentile(0.75, [1.0, 2.0, 9.0], [3.0]) == Bounded(3.0, at_least=True)
    # The one that was given up may have taken longer than any other.
    assert percentile(1.0, [1.0, 2.0, 9.0], [3.0]) == Bounded(9.0, at_least=True)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_share_that_is_no_percentile_is_an_error(share: float) -> None:
    with pytest.raises(ValueError, match="a percentile lies in"):
        percentile(share, [1.0])


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="percentile of nothing"):
        percentile(0.5, [])


@given(LATENCIES, st.floats(0.01, 1.0))
def test_as_many_as_the_share_are_at_or_below_a_percentile(
    latencies: list[float], share: float
) -> None:
    value = percentile(share, latencies).value
    below = sum(latency <= value for latency in latencies)
    assert value in latencies
    assert below >= math.ceil(share * len(latencies))


@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=40), st.integers(2, 6))
def test_a_rate_is_counted_over_whole_cycles(distances: list[float], cycles: int) -> None:
    """Whatever the bursts are like, and however long the first answers take."""
    clients = len(distances)
    first = list(accumulate(distances, initial=7.0))[1:]
    period = 1.5 * sum(distances)
    completed = [at + period * number for number in range(cycles) for at in first]
    for cut in (completed, completed[: len(completed) - clients // 2]):
        expected = clients / period if len(cut) >= 2 * clients else len(cut) / cut[-1]
        assert steady_rate(0.0, cut, clients) == pytest.approx(expected)


def test_one_that_is_ahead_of_its_burst_does_not_raise_the_rate() -> None:
    """32 clients whose first report is read alone: batches of 1 and 31, each 4.8 s."""
    completed = [at for wave in (4.8, 9.6, 14.4) for at in [wave] + [wave + 0.1] * 31]
    assert steady_rate(0.0, completed, 32) == pytest.approx(32 / 4.8)


def test_less_than_two_cycles_are_counted_from_the_start() -> None:
    assert steady_rate(1.0, [3.0, 4.0, 5.0], 2) == pytest.approx(3 / 4)
    assert steady_rate(0.0, [2.0, 2.0, 2.0, 2.5], 3) == pytest.approx(4 / 2.5)


def test_without_a_cycle_all_is_counted_from_the_start() -> None:
    assert steady_rate(1.0, [2.0, 3.0, 4.0, 5.0], None) == pytest.approx(1.0)


def test_no_answer_is_no_rate() -> None:
    assert steady_rate(0.0, [], 1) == 0.0
    assert steady_rate(0.0, [], None) == 0.0


def test_a_spread_is_the_median_and_what_lies_around() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 3)
