"""One process at a time drives a run."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import TrainingError


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; the system frees it also where the process is killed.

    Raises TrainingError where another process holds it, or its folder cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise TrainingError(
            f"{path.parent}: cannot be written ({error.strerror}); give another --runs-folder"
        ) from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise TrainingError(
                f"{path.parent}: the run is still being driven by process {file.read().strip()}; "
                "wait for it, or end it first"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
