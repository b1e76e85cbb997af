"""A file that is written as a whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from schemas.errors import DatasetError


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file to write, which takes the place of `path` at the end.

    Where nothing was written, or what writes it fails or is interrupted, `path` stays as it was.

    Raises:
        DatasetError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                yield file
                is_empty = file.tell() == 0
            if not is_empty:
                partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(f"Cannot write {path}: {error.strerror}") from error
