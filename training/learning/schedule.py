"""The learning rate over a run: it rises, and then falls or stays."""

import math
from dataclasses import dataclass

from training.options import ScheduleName


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function of the update alone, so that a run that goes on needs no state of it.

    `peak` is reached with the last of the `warmup` updates, the first of which already learns; the
    last of all `updates` still learns.
    """

    name: ScheduleName
    peak: float
    warmup: int
    updates: int

    def rate(self, update: int) -> float:
        """The learning rate of an update, which counts from 0."""
        if update < self.warmup:
            return self.peak * (update + 1) / self.warmup
        share = (update - self.warmup) / max(1, self.updates - self.warmup)
        match self.name:
            case "linear":
                return self.peak * (1 - share)
            case "cosine":
                return self.peak * (1 + math.cos(math.pi * share)) / 2
            case "constant":
                return self.peak
