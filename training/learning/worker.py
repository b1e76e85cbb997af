"""A worker of Ray Train: the training loop, and what it tells Ray."""

from typing import Any

import ray.train

from training.learning.events import Epoch
from training.learning.job import TrainingJob


def train_worker(config: dict[str, Any]) -> dict[str, str | None]:
    """Run the training loop on this worker.

    `config` is a `TrainingJob` as a JSON object. What is returned says under `stopped` why the run
    stopped before its end: no attempt of Ray's would mend that, as it would a lost worker.
    """
    # Those who only send this function to a worker need nothing of what it runs.
    from training.learning.loop import train  # noqa: PLC0415

    return {"stopped": train(TrainingJob.model_validate(config), _report)}


def _report(epoch: Epoch) -> None:
    # For Ray's dashboard; the checkpoints are the run's own.
    shares = {f"right_{field}": of.share for field, of in epoch.validation_right.items()}
    ray.train.report({"epoch": epoch.epoch, "validation_loss": epoch.validation_loss, **shares})
