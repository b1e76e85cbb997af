"""What the training loop asks of a kind of model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

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

    def save(
        self, folder: Path, manifest: ModelManifest, weights: Mapping[str, Tensor] | None = None
    ) -> None:
        """Write a model folder that the service can load.

        `weights` are those of `model`, by their names in it, where it does not hold them whole.
        """
        ...
