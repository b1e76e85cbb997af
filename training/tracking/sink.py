"""What all that follow a run have in common."""

from typing import Protocol

from training.learning.events import Event


class Sink(Protocol):
    """Takes the events of a run, in their order, on one thread."""

    def take(self, event: Event) -> None:
        """Show or keep an event."""
        ...

    def close(self, *, failed: bool) -> None:
        """There are no more, because the run is over or has failed."""
        ...
