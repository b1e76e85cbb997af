"""What the import needs to know of a tool."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from training.importers.issue import Issue, Skipped

Json = Any
"""A parsed JSON value, whose shape nobody has checked yet."""


class Export(BaseModel):
    """An object of a tool's export: what is read of it; all other keys are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Tool(ABC):
    """One tracker: how its files look and what its items say.

    `expected` finishes the sentence "expected ...". With `every_type` items are taken that the
    tracker itself does not call bugs.
    """

    expected: str
    learn: Callable[[Json], None] | None = None
    """Takes from a document what the items of others need; called for all documents first."""

    def __init__(self, *, every_type: bool = False) -> None:
        self.every_type = every_type

    @abstractmethod
    def items(self, document: Json) -> Sequence[Json] | None:
        """The items of one JSON document; None where it is of another shape."""

    @abstractmethod
    def name(self, item: Json) -> str | None:
        """How people call an item, such as `#12`; None where it does not say."""

    @abstractmethod
    def read(self, item: Json) -> Issue | Skipped:
        """One item as an issue.

        Raises:
            ValidationError: a field is missing or of another type.
        """


def objects(value: Json) -> list[dict[str, Json]]:
    """The objects of an array, without what else is in it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
