"""The progress of a run, with a clock that the test moves."""

import pytest

from training.learning.progress import RATE_WINDOW_S, Progress, SmoothedLoss, Speed, clock


def test_speed_and_time_left() -> None:
    progress = Progress(total_steps=100, now=50.0)
    progress.update(1, examples=8, now=52.0)
    assert progress.update(2, examples=6, now=54.0) == Speed(14 / 4, 98 * 2.0)


def test_no_time_has_passed() -> None:
    assert Progress(total_steps=10, now=1.0).update(1, examples=4, now=1.0) == Speed(None, None)


def test_a_slow_start_is_forgotten() -> None:
    progress = Progress(total_steps=1000, now=0.0)
    progress.update(1, examples=8, now=500.0)
    for step in range(2, 200):
        speed = progress.update(step, examples=8, now=500.0 + step)
    assert speed.examples_per_s == pytest.approx(8.0)
    assert speed.left_s == pytest.approx(1000 - 199)
    assert len(progress._moments) <= RATE_WINDOW_S + 2


def test_a_run_that_goes_on_measures_from_where_it_begins() -> None:
    progress = Progress(total_steps=100, now=0.0, first_step=50)
    assert progress.update(51, examples=4, now=2.0) == Speed(2.0, 98.0)


@pytest.mark.parametrize(
    ("total_steps", "first_step"),
    [pytest.param(0, 0, id="no-steps"), pytest.param(5, 6, id="past-the-end")],
)
def test_a_run_that_cannot_be(total_steps: int, first_step: int) -> None:
    with pytest.raises(ValueError, match="no run"):
        Progress(total_steps, now=0.0, first_step=first_step)


def test_the_loss_is_smoothed_without_a_bias_to_zero() -> None:
    smoothed = SmoothedLoss()
    assert smoothed.update(4.0) == pytest.approx(4.0)
    assert 2.0 < smoothed.update(2.0) < 3.0
    for _ in range(200):
        last = smoothed.update(2.0)
    assert last == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        pytest.param(5.4, "0:05", id="seconds"),
        pytest.param(59.7, "1:00", id="rounded-up"),
        pytest.param(3725.0, "1:02:05", id="hours"),
    ],
)
def test_the_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown
