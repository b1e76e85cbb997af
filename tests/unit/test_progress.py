"""The progress of a run, with a clock that the test moves."""

import pytest

from training.progress import RATE_WINDOW_S, Progress, ProgressPoint


def test_speed_and_time_left() -> None:
    progress = Progress(total_steps=100, epochs=2, now=50.0)
    progress.update(1, loss=2.0, examples=8, now=52.0, learning_rate=1e-4)
    point = progress.update(2, loss=2.0, examples=6, now=54.0, learning_rate=9e-5)
    assert point == ProgressPoint(
        epoch=1,
        epochs=2,
        step=2,
        total_steps=100,
        loss=2.0,
        learning_rate=9e-5,
        examples_per_s=14 / 4,
        left_s=98 * 2.0,
    )


def test_a_slow_start_is_forgotten() -> None:
    progress = Progress(total_steps=1000, epochs=1, now=0.0)
    progress.update(1, loss=1.0, examples=8, now=500.0, learning_rate=1e-4)
    for step in range(2, 200):
        point = progress.update(step, loss=1.0, examples=8, now=500.0 + step, learning_rate=1e-4)
    assert point.examples_per_s == pytest.approx(8.0)
    assert point.left_s == pytest.approx(1000 - 199)
    assert len(progress._moments) <= RATE_WINDOW_S + 2


def test_a_resumed_run_measures_from_where_it_begins() -> None:
    progress = Progress(total_steps=100, epochs=1, now=0.0, first_step=50)
    point = progress.update(51, loss=1.0, examples=4, now=2.0, learning_rate=1e-4)
    assert (point.examples_per_s, point.left_s) == (2.0, 98.0)


@pytest.mark.parametrize(
    ("step", "epoch"),
    [
        pytest.param(1, 1, id="first"),
        pytest.param(10, 1, id="last-of-one"),
        pytest.param(11, 2, id="first-of-two"),
        pytest.param(30, 3, id="last"),
    ],
)
def test_epochs_count_from_one(step: int, epoch: int) -> None:
    progress = Progress(total_steps=30, epochs=3, now=0.0)
    assert progress.update(step, 1.0, 1, now=1.0, learning_rate=1e-4).epoch == epoch


def test_the_loss_is_smoothed_without_a_bias_to_zero() -> None:
    progress = Progress(total_steps=1000, epochs=1, now=0.0)
    first = progress.update(1, loss=4.0, examples=1, now=1.0, learning_rate=1e-4)
    second = progress.update(2, loss=2.0, examples=1, now=2.0, learning_rate=1e-4)
    assert first.loss == pytest.approx(4.0)
    assert 2.0 < second.loss < 3.0
    for step in range(3, 203):
        last = progress.update(step, loss=2.0, examples=1, now=step, learning_rate=1e-4)
    assert last.loss == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize(
    ("left_s", "shown"),
    [
        pytest.param(None, "-", id="unknown"),
        pytest.param(5.4, "0:05", id="seconds"),
        pytest.param(59.7, "1:00", id="rounded-up"),
        pytest.param(3725.0, "1:02:05", id="hours"),
    ],
)
def test_the_line(left_s: float | None, shown: str) -> None:
    speed = None if left_s is None else 9.13
    point = ProgressPoint(1, 3, 40, 300, 1.2344, 5e-5, speed, left_s)
    assert point.to_line() == (
        f"epoch 1/3  step 40/300  loss 1.2344  lr 5.00e-05  {'-' if speed is None else '9.1'} ex/s"
        f"  {shown} left"
    )


@pytest.mark.parametrize(
    ("total_steps", "epochs", "first_step"),
    [
        pytest.param(0, 1, 0, id="no-steps"),
        pytest.param(5, 0, 0, id="no-epochs"),
        pytest.param(5, 1, 6, id="past-the-end"),
    ],
)
def test_a_run_that_cannot_be(total_steps: int, epochs: int, first_step: int) -> None:
    with pytest.raises(ValueError, match="no run"):
        Progress(total_steps, epochs, now=0.0, first_step=first_step)
