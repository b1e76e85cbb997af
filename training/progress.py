"""How far a training run is, as a line for a terminal."""

from collections import deque
from dataclasses import dataclass

SMOOTHING_STEPS = 20
"""The loss shown is an exponential mean over about this many steps."""

RATE_WINDOW_S = 60.0
"""Speed is measured over about this long, so that a slow start is forgotten."""


@dataclass(frozen=True, slots=True)
class ProgressPoint:
    """Where a run stands after a step. `epoch` counts from 1.

    `examples_per_s` and `left_s` are None while no time has passed.
    """

    epoch: int
    epochs: int
    step: int
    total_steps: int
    loss: float
    learning_rate: float
    examples_per_s: float | None
    left_s: float | None

    def to_line(self) -> str:
        """For a person: `epoch 1/3  step 4/30  loss 1.2340  lr 5.00e-05  9.1 ex/s  2:05 left`."""
        speed = "-" if self.examples_per_s is None else f"{self.examples_per_s:.1f}"
        left = "-" if self.left_s is None else _clock(self.left_s)
        return (
            f"epoch {self.epoch}/{self.epochs}  step {self.step}/{self.total_steps}  "
            f"loss {self.loss:.4f}  lr {self.learning_rate:.2e}  {speed} ex/s  {left} left"
        )


class Progress:
    """Turns steps into progress points. It has no clock: the caller says what time it is.

    Epochs have equally many steps. A resumed run begins with `first_step` steps done and measures
    its speed from there.
    """

    def __init__(self, total_steps: int, epochs: int, now: float, first_step: int = 0) -> None:
        if total_steps < 1 or epochs < 1 or not 0 <= first_step <= total_steps:
            raise ValueError(f"no run: step {first_step} of {total_steps} in {epochs} epochs")
        self._total_steps = total_steps
        self._epochs = epochs
        self._loss_sum = 0.0
        self._loss_weight = 0.0
        self._examples = 0
        # (time, step, examples so far), oldest first; never empty.
        self._moments = deque([(now, first_step, 0)])

    def update(
        self, step: int, loss: float, examples: int, now: float, learning_rate: float
    ) -> ProgressPoint:
        """Take note that `step` (from 1) was done at `now`, in seconds.

        `loss` is that of this step, `examples` how many were learnt from since the last update,
        over all workers.
        """
        keep = 1 - 1 / SMOOTHING_STEPS
        self._loss_sum = keep * self._loss_sum + loss
        self._loss_weight = keep * self._loss_weight + 1
        self._examples += examples
        self._moments.append((now, step, self._examples))
        while len(self._moments) > 2 and self._moments[1][0] <= now - RATE_WINDOW_S:
            self._moments.popleft()

        since, first_step, first_examples = self._moments[0]
        passed_s, steps = now - since, step - first_step
        measured = passed_s > 0 and steps > 0
        return ProgressPoint(
            epoch=min((step - 1) * self._epochs // self._total_steps + 1, self._epochs),
            epochs=self._epochs,
            step=step,
            total_steps=self._total_steps,
            loss=self._loss_sum / self._loss_weight,
            learning_rate=learning_rate,
            examples_per_s=(self._examples - first_examples) / passed_s if measured else None,
            left_s=(self._total_steps - step) * passed_s / steps if measured else None,
        )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
