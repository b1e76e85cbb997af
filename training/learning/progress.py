"""How far a training run is, how fast it goes, and how long it will take."""

from collections import deque
from dataclasses import dataclass

SMOOTHING_STEPS = 20
"""The loss shown is an exponential mean over about this many steps."""

RATE_WINDOW_S = 60.0
"""Speed is measured over about this long, so that a slow start is forgotten."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Examples per second and seconds left; None while no time has passed."""

    examples_per_s: float | None
    left_s: float | None


class Progress:
    """Turns steps into speed. It has no clock: the caller says what time it is.

    A run that goes on begins with `first_step` steps done and measures its speed from there.
    """

    def __init__(self, total_steps: int, now: float, first_step: int = 0) -> None:
        if total_steps < 1 or not 0 <= first_step <= total_steps:
            raise ValueError(f"no run: step {first_step} of {total_steps}")
        self._total_steps = total_steps
        self._examples = 0
        # (time, step, examples so far), oldest first; never empty.
        self._moments = deque([(now, first_step, 0)])

    def update(self, step: int, examples: int, now: float) -> Speed:
        """Take note that `step` (from 1) was done at `now`, in seconds.

        `examples` is how many were learnt from since the last update, over all workers.
        """
        self._examples += examples
        self._moments.append((now, step, self._examples))
        while len(self._moments) > 2 and self._moments[1][0] <= now - RATE_WINDOW_S:
            self._moments.popleft()
        since, first_step, first_examples = self._moments[0]
        passed_s, steps = now - since, step - first_step
        if passed_s <= 0 or steps <= 0:
            return Speed(None, None)
        return Speed(
            examples_per_s=(self._examples - first_examples) / passed_s,
            left_s=(self._total_steps - step) * passed_s / steps,
        )


class SmoothedLoss:
    """An exponential mean without a bias to zero at its start."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._weight = 0.0

    def update(self, loss: float) -> float:
        """Take a step's loss in; the mean with it."""
        keep = 1 - 1 / SMOOTHING_STEPS
        self._sum = keep * self._sum + loss
        self._weight = keep * self._weight + 1
        return self._sum / self._weight


def clock(seconds: float) -> str:
    """`1:02:05`, or `0:05` below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
