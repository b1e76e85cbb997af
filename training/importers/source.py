"""A file of an export, which some tools need to read twice."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedRandom, BufferedReader
from pathlib import Path

from schemas.errors import DatasetError


class Source:
    """A file, by its path.

    With `is_read_twice` a pipe, which gives its bytes only once, is copied at its first opening
    into a temporary file that has no name; `close` removes it.
    """

    def __init__(self, path: Path, *, is_read_twice: bool = False) -> None:
        self.path = path
        self._is_read_twice = is_read_twice
        self._copy: BufferedRandom | None = None
        self._kept_open = ExitStack()

    @contextmanager
    def open(self) -> Iterator[BufferedReader | BufferedRandom]:
        """The file from its beginning.

        Raises:
            OSError: it cannot be opened.
            DatasetError: there is no room for the copy of a pipe.
        """
        if self._copy is not None:
            self._copy.seek(0)
            yield self._copy
            return
        with self.path.open("rb") as file:
            if self._is_read_twice and not file.seekable():
                yield self._copied(file)
            else:
                yield file

    def close(self) -> None:
        """Remove the copy, where one was made."""
        self._kept_open.close()

    def _copied(self, file: BufferedReader) -> BufferedRandom:
        try:
            with ExitStack() as opened:
                copy = opened.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(file, copy)
                copy.seek(0)
                self._kept_open = opened.pop_all()
        except OSError as error:
            raise DatasetError(
                f"Cannot copy {self.path}, which gives its bytes only once, into "
                f"{tempfile.gettempdir()}: {error.strerror}; save it as a file"
            ) from error
        self._copy = copy
        return copy
