import math
from itertools import pairwise

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


def test_the_rate_of_bursts_is_counted_from_end_to_end() -> None:
    bursts = [10.0 * number + 0.01 * place for number in (1, 2, 3) for place in range(32)]
    assert steady_rate(0.0, bursts) == pytest.approx(3.2)


def test_the_rate_of_single_answers_leaves_the_start_out() -> None:
    assert steady_rate(0.0, [2.0, 3.0, 4.0, 5.0, 6.0]) == pytest.approx(1.0)


def test_the_rate_of_one_burst_counts_from_the_start() -> None:
    assert steady_rate(0.0, [2.0, 2.001, 2.002, 2.003]) == pytest.approx(4 / 2.003)


def test_bursts_that_follow_each_other_closely_are_no_measure() -> None:
    late = [6.5] * 16 + [6.7] * 16
    assert steady_rate(0.0, late) == pytest.approx(32 / 6.7)


def test_no_answer_is_no_rate() -> None:
    assert steady_rate(0.0, []) == 0.0


@given(st.floats(0.01, 10), st.integers(1, 40), st.integers(3, 20))
def test_the_size_of_bursts_does_not_change_the_rate(period: float, size: int, bursts: int) -> None:
    completed = [
        number * period + place * period / 1e6
        for number in range(1, bursts + 1)
        for place in range(size)
    ]
    assert all(before < after for before, after in pairwise(completed))
    assert steady_rate(0.0, completed) == pytest.approx(size / period, rel=1e-3)


def test_a_spread_is_the_median_and_what_lies_around() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 3)
