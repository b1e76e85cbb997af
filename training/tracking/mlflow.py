"""A run in MLflow, where `MLFLOW_TRACKING_URI` says that there is one."""

import importlib
import os
from collections.abc import Mapping
from typing import Any

from schemas.errors import TrainingError
from training.learning.events import Epoch, Event, HeldOut, Step

VARIABLE = "MLFLOW_TRACKING_URI"
EXPERIMENT_VARIABLE = "MLFLOW_EXPERIMENT_NAME"
DEFAULT_EXPERIMENT = "bug-summarizer"
_MAX_PARAMETER_CHARS = 500


def is_wanted() -> bool:
    """Whether runs are to be kept in MLflow."""
    return bool(os.environ.get(VARIABLE))


class MlflowRun:
    """A run of MLflow that gets the figures of ours. Satisfies `Sink`.

    Raises TrainingError where `mlflow` is not installed or does not answer.
    """

    def __init__(self, name: str, parameters: Mapping[str, object]) -> None:
        try:
            # Not a dependency: teams without MLflow do without it.
            mlflow: Any = importlib.import_module("mlflow")
        except ImportError as error:
            raise TrainingError(
                f"{VARIABLE} is set, but `mlflow` is not installed: pip install mlflow-skinny, or "
                f"unset {VARIABLE}"
            ) from error
        self._metric = mlflow.entities.Metric
        try:
            self._client: Any = mlflow.MlflowClient()
            self._run_id = self._begin(name, parameters, mlflow)
        except mlflow.exceptions.MlflowException as error:
            # The address may hold a password.
            said = str(error).replace(os.environ.get(VARIABLE, ""), f"${VARIABLE}")
            raise TrainingError(
                f"MLflow cannot be used ({said}); correct {VARIABLE}, or unset it"
            ) from None

    def take(self, event: Event) -> None:
        """Log what has numbers."""
        if isinstance(event, Step):
            self.log(
                {
                    "train_loss": event.loss,
                    "learning_rate": event.learning_rate,
                    "examples_per_s": event.examples_per_s,
                },
                event.step,
                event.time,
            )
        elif isinstance(event, Epoch):
            shares = {
                f"epoch_right_{field}": of.share for field, of in event.validation_right.items()
            }
            self.log(
                {
                    "epoch_train_loss": event.train_loss,
                    "epoch_validation_loss": event.validation_loss,
                    **shares,
                },
                event.step,
                event.time,
            )
        elif isinstance(event, HeldOut):
            figures = {f"held_out_{name}": value for name, value in event.figures.items()}
            self.log(dict(figures), event.step, event.time)

    def log(self, values: Mapping[str, float | None], step: int, time: float) -> None:
        """Log the numbers of a step; `time` is in seconds since 1970."""
        milliseconds = round(time * 1000)
        metrics = [
            self._metric(name, value, milliseconds, step)
            for name, value in values.items()
            if value is not None
        ]
        self._client.log_batch(self._run_id, metrics=metrics)

    def close(self, *, failed: bool) -> None:
        """The run is over, or has failed."""
        self._client.set_terminated(self._run_id, "FAILED" if failed else "FINISHED")

    def _begin(self, name: str, parameters: Mapping[str, object], mlflow: Any) -> str:
        title = os.environ.get(EXPERIMENT_VARIABLE, DEFAULT_EXPERIMENT)
        experiment = self._client.get_experiment_by_name(title)
        experiment_id = (
            experiment.experiment_id if experiment else self._client.create_experiment(title)
        )
        run_id = str(self._client.create_run(experiment_id, run_name=name).info.run_id)
        self._client.log_batch(
            run_id,
            params=[
                mlflow.entities.Param(key, str(value)[:_MAX_PARAMETER_CHARS])
                for key, value in parameters.items()
            ],
        )
        return run_id
