"""What the training loop asks of a kind of model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from datasets import Features
from torch import Tensor, nn

from schemas.manifest import ModelManifest
from schemas.record import TrainingRecord

Example = Mapping[str, Any]
"""One encoded record, of plain lists and numbers; `length` is its number of source tokens."""


class Encoder(Protocol):
    """Makes examples of records. It holds no model, and can be sent to another process."""

    @property
    def features(self) -> Features:
        """The types of an example."""
        ...

    def __call__(self, record: TrainingRecord, /) -> dict[str, Any]:
        """One record as an example."""
        ...


class Judged(NamedTuple):
    """What a batch shows of a model: its mean loss, and how often it is right by itself.

    `right` and `labelled` are (5,), in the order of `FieldName`: how many of the batch's reports
    say what is right, and for how many of these it is likeliest to the model. A text that is
    written counts where each of its tokens is likeliest after the right ones before it.
    """

    loss: Tensor
    right: Tensor
    labelled: Tensor


class Task(Protocol):
    """A model with its way to learn from records.

    `model` is what is trained: those of its weights that ask for gradients. A loop that shards it
    replaces it by its wrapper.
    """

    @property
    def model(self) -> nn.Module:
        """The module whose weights are trained."""
        ...

    @property
    def encode(self) -> Encoder:
        """Makes the examples that `collate` takes."""
        ...

    def collate(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """Examples as one batch of tensors."""
        ...

    def loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """The mean loss of a batch, a scalar."""
        ...

    def judge(self, batch: Mapping[str, Tensor]) -> Judged:
        """The loss of a batch, and what is right; for a model that is not learning."""
        ...

    def save(
        self, folder: Path, manifest: ModelManifest, weights: Mapping[str, Tensor] | None = None
    ) -> None:
        """Write a model folder that the service can load.

        `weights` are those of `model`, by their names in it, where it does not hold them whole.
        """
        ...
