"""Where a run stands: what it goes on from beside the weights."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from training.learning.updates import UpdateFigures


@dataclass(slots=True)
class Standing:
    """Counts what is done, and what of it is needed to end the epoch and the run.

    `epoch` and `update` count what is done of the run, `update_of_epoch` what of the next epoch;
    `loss_sum` and `examples` are those of that epoch so far. `unfit_updates` counts updates in a
    row whose gradients were no numbers.
    """

    epoch: int = 0
    update: int = 0
    update_of_epoch: int = 0
    loss_sum: float = 0.0
    examples: int = 0
    best_loss: float = math.inf
    epochs_without_better: int = 0
    unfit_updates: int = 0
    most_examples: int | None = None

    @property
    def mean_loss(self) -> float:
        """The mean loss of the epoch so far."""
        return self.loss_sum / self.examples if self.examples else math.nan

    def add(self, figures: UpdateFigures, most_examples: int | None) -> None:
        """Take note of an update."""
        self.update += 1
        self.update_of_epoch += 1
        self.most_examples = most_examples
        if not math.isfinite(figures.gradient_norm):
            # Nothing was learnt from it.
            self.unfit_updates += 1
            return
        self.unfit_updates = 0
        self.loss_sum += figures.loss * figures.examples
        self.examples += figures.examples

    def end_epoch(self, validation_loss: float) -> bool:
        """Take note of an epoch's end; whether it was the best so far."""
        is_best = validation_loss < self.best_loss
        self.best_loss = min(validation_loss, self.best_loss)
        self.epochs_without_better = 0 if is_best else self.epochs_without_better + 1
        self.epoch += 1
        self.update_of_epoch = 0
        self.loss_sum, self.examples = 0.0, 0
        return is_best

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which make the same standing again."""
        return asdict(self)
