"""What a training run is told: one typed, frozen, validated object."""

import math
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_serializer,
    model_validator,
)

from training.data.sources import public_name

Share = Annotated[float, Field(ge=0, lt=1)]
PositiveInt = Annotated[int, Field(ge=1)]

SCHEDULES = ("linear", "cosine", "constant")
ScheduleName = Literal["linear", "cosine", "constant"]
Precision = Literal["no", "bf16", "fp16"]

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_RANGE = re.compile(r"(?P<least>\d+)(?:-(?P<most>\d+))?")


def _parse_workers(value: object) -> object:
    """`4` and `1-4` as they are written, and what was validated before."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    if isinstance(value, str):
        found = _RANGE.fullmatch(value.strip())
        if not found:
            raise ValueError("must be a number of workers, or a range such as 1-4")
        return (int(found["least"]), int(found["most"] or found["least"]))
    return value


def _is_range(value: tuple[int, int]) -> tuple[int, int]:
    least, most = value
    if not 1 <= least <= most:
        raise ValueError("must be at least 1, and a range must rise, as in 1-4")
    return value


def _write_workers(value: tuple[int, int]) -> str:
    least, most = value
    return str(least) if least == most else f"{least}-{most}"


WorkerRange = Annotated[
    tuple[int, int],
    BeforeValidator(_parse_workers),
    AfterValidator(_is_range),
    PlainSerializer(_write_workers, return_type=str),
]
"""The least and the most workers of a run: `4` is (4, 4), `1-4` (1, 4)."""


def _is_variable(value: str) -> str:
    # A token that was given in its place is not repeated.
    if not _VARIABLE.fullmatch(value):
        raise ValueError(
            "must be the name of an environment variable in capitals, such as DATASET_TOKEN, and "
            "not the token itself"
        )
    return value


def _finite(instead: str) -> BeforeValidator:
    """Refuses what JSON cannot save; `instead` says what to give in its place."""

    def check(value: object) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"must be a finite number; {instead}")
        return value

    return BeforeValidator(check)


class DataOptions(BaseModel):
    """What is read, and how it is split; the options of `train.py check`.

    `dataset` and `eval_dataset` are files, globs and URLs. `max_records` takes a part of each of
    the two, for a first try; `max_eval_records` bounds what is evaluated on. `max_bad_share` is a
    share of all lines, `held_out_share` and `validation_share` are shares of all reports.
    `dataset_token_variable` names the environment variable with the bearer token for the URLs.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, protected_namespaces=(), allow_inf_nan=False
    )

    dataset: Annotated[tuple[str, ...], Field(min_length=1, repr=False)]
    eval_dataset: Annotated[tuple[str, ...], Field(repr=False)] = ()
    dataset_token_variable: Annotated[str, AfterValidator(_is_variable)] = "DATASET_TOKEN"  # noqa: S105 - the name of a variable, no token
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

    `model` is a hub name or a folder; `base_model` is what the card names as its base, where the
    folder is only a step on the way from there.

    Learning: a batch holds `batch_size` reports of like length, or with `batch_tokens` as many as
    have that many tokens once they are padded; an update of the weights takes `accumulation_steps`
    batches of each worker (of the most workers, where their number may change: it does not alter
    what is learnt). `frozen_layers` counts encoder layers from the input, together with the
    embeddings, that keep their weights; `dropout` costs much of a step on a CPU. `lora_rank` above
    0 trains low-rank adapters of that rank in place of the whole; `lora_targets` names the modules
    that get one. `label_smoothing` is the share of the target that is spread over all choices.
    `patience` epochs without a better validation loss end the run; 0 never does.

    Running: `num_workers` is one per GPU, or one without GPUs, unless it is given;
    `cpus_per_worker` all free cores but one, shared out. `max_failures` counts how often a run goes
    on from its last checkpoint after losing a worker; there is a checkpoint after every epoch, and
    in between every `checkpoint_every_s` seconds. `accelerate_config` is a file as
    `accelerate config` writes it, for FSDP: a model too large for one GPU is shared out.
    """

    model: str
    output: Path
    epochs: PositiveInt = 3
    batch_size: PositiveInt = 8
    batch_tokens: Annotated[int, Field(ge=16)] | None = None
    accumulation_steps: PositiveInt = 1
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-5
    schedule: ScheduleName = "linear"
    warmup_share: Share = 0.06
    weight_decay: Annotated[float, Field(ge=0), _finite("usual are 0 to 0.1")] = 0.01
    max_gradient_norm: Annotated[
        float, Field(gt=0), _finite("to a large one, such as 1e9, no gradient is shortened")
    ] = 1.0
    label_smoothing: Share = 0.0
    patience: Annotated[int, Field(ge=0)] = 0
    frozen_layers: Annotated[int, Field(ge=0)] = 0
    dropout: Share = 0.0
    lora_rank: Annotated[int, Field(ge=0)] = 0
    lora_alpha: PositiveInt = 16
    lora_targets: tuple[str, ...] = ()
    max_target_tokens: Annotated[int, Field(ge=2)] = 64
    num_workers: WorkerRange | None = None
    cpus_per_worker: PositiveInt | None = None
    max_failures: Annotated[int, Field(ge=0)] = 2
    checkpoint_every_s: Annotated[
        float, Field(gt=0), _finite("with a large one, such as 1e9, only epochs end with one")
    ] = 600.0
    no_cuda: bool = False
    mixed_precision: Precision = "no"
    accelerate_config: Path | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 17
    weights_dtype: Literal["float32", "float16"] = "float32"
    model_version: Annotated[str, Field(min_length=1)] = "0.1.0"
    licence: str | None = None
    base_model: Annotated[str, Field(min_length=1)] | None = None
    runs_folder: Path = Path("runs")

    @model_validator(mode="after")
    def _adapters_or_frozen_layers(self) -> Self:
        if self.lora_rank and self.frozen_layers:
            raise ValueError("lora_rank already keeps every layer as it is; set frozen_layers to 0")
        return self
