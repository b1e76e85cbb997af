"""The events of a run, as the worker of rank 0 writes them down."""

import time
from pathlib import Path

from training.learning.checkpoints import is_disk_full
from training.learning.events import Event, EventLog, EventReader, Note, Started


class RunLog:
    """Writes events into the run's file; a silent one, for the other workers, writes nothing.

    `problem` says why nothing can be written any more; the run then has to stop.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._log = EventLog(path) if path is not None else None
        self.problem: str | None = None

    def close(self) -> None:
        """Nothing more will be written."""
        if self._log is not None:
            self._log.close()

    def was_begun(self) -> bool:
        """Whether workers have begun to learn before, as the file says."""
        if self._path is None:
            return False
        return any(isinstance(event, Started) for event in EventReader(self._path).new())

    def say(self, text: str) -> None:
        """Tell people something."""
        self.write(Note(time=time.time(), text=text))

    def write(self, event: Event) -> None:
        """Write an event, at once."""
        if self._log is None:
            return
        try:
            self._log.write(event)
        except OSError as error:
            if not is_disk_full(error):
                raise
            self.problem = (
                f"no room for the run's events in {self._path}; make room and go on with --resume"
            )
