"""What a training run is told: one typed, frozen, validated object."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from training.sources import public_name

Share = Annotated[float, Field(ge=0, lt=1)]
PositiveInt = Annotated[int, Field(ge=1)]


class DataOptions(BaseModel):
    """What is read, and how it is split; the options of `train.py check`.

    `dataset` and `eval_dataset` are files, globs and URLs. `max_records` takes a part of each of
    the two, for a first try; `max_eval_records` bounds what is evaluated on. `max_bad_share` is a
    share of all lines, `held_out_share` and `validation_share` are shares of all reports.
    `dataset_token_variable` names the environment variable with the bearer token for the URLs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    dataset: Annotated[tuple[str, ...], Field(min_length=1, repr=False)]
    eval_dataset: Annotated[tuple[str, ...], Field(repr=False)] = ()
    dataset_token_variable: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] = "DATASET_TOKEN"  # noqa: S105 - the name of a variable, no token
    max_records: Annotated[int, Field(ge=2)] | None = None
    max_eval_records: Annotated[int, Field(ge=1)] = 5000
    held_out_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    validation_share: Share = 0.05
    keep_near_duplicates: bool = False
    max_bad_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    max_source_tokens: Annotated[int, Field(ge=16)] = 512

    @field_serializer("dataset", "eval_dataset")
    def _without_secrets(self, values: tuple[str, ...]) -> list[str]:
        """A URL is saved without its user and its query, which may hold secrets."""
        return [public_name(value) for value in values]


class TrainingOptions(DataOptions):
    """The options of `train.py`; the same names, with underscores.

    `model` is a hub name or a folder. `frozen_layers` counts encoder layers from the input,
    together with the embeddings, that keep their weights; `dropout` is that of an encoder that
    learns to point, and costs much of a step on a CPU. `num_workers` is one per GPU, or one
    without GPUs, unless it is given; `cpus_per_worker` all free cores but one, shared out.
    `max_failures` counts how often a run goes on from its last checkpoint after losing a worker.
    """

    model: str
    output: Path
    epochs: PositiveInt = 3
    batch_size: PositiveInt = 8
    accumulation_steps: PositiveInt = 1
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-5
    warmup_share: Share = 0.06
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    frozen_layers: Annotated[int, Field(ge=0)] = 0
    dropout: Share = 0.0
    max_target_tokens: Annotated[int, Field(ge=2)] = 64
    num_workers: PositiveInt | None = None
    cpus_per_worker: PositiveInt | None = None
    max_failures: Annotated[int, Field(ge=0)] = 2
    no_cuda: bool = False
    mixed_precision: Literal["no", "bf16", "fp16"] = "no"
    seed: int = 17
    weights_dtype: Literal["float32", "float16"] = "float32"
    model_version: Annotated[str, Field(min_length=1)] = "0.1.0"
    licence: str | None = None
    runs_folder: Path = Path("runs")
