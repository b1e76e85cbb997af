"""The lines of JSON Lines files, one at a time, streamed through `datasets`.

A line ends at a line feed and nowhere else: JSON strings may hold what Unicode calls line ends.
"""

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from datasets import IterableDataset

from schemas.errors import DatasetError

MAX_LINE_BYTES = 16 * 2**20
"""No valid record is as long; bounds what is held of a file that has no line ends."""

_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"


class Line(NamedTuple):
    """A line that is not blank: its number from 1, and its bytes without line end and BOM.

    `raw` is empty for a line longer than `MAX_LINE_BYTES`.
    """

    number: int
    raw: bytes

    @property
    def is_too_long(self) -> bool:
        """Whether the line was skipped for its length."""
        return not self.raw


def read_lines(path: Path, name: str) -> Iterator[Line]:
    """The lines of a file, plain or gzipped, that are not blank.

    Raises:
        DatasetError: the file, called `name`, cannot be read.
    """
    rows = IterableDataset.from_generator(_rows, gen_kwargs={"path": str(path), "name": name})
    for row in rows:
        yield Line(row["number"], row["raw"])


def _rows(path: str, name: str) -> Iterator[dict[str, Any]]:
    try:
        with Path(path).open("rb") as file:
            for number, line in enumerate(_bounded(_unzipped(file)), start=1):
                raw = line.removeprefix(_BOM) if number == 1 else line
                if raw.strip():
                    too_long = len(raw) > MAX_LINE_BYTES
                    yield {"number": number, "raw": b"" if too_long else raw.rstrip(b"\r\n")}
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{name} is a damaged gzip file: {error}") from error
    except OSError as error:
        raise DatasetError(f"Cannot read {name}: {error.strerror}") from error


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """Lines; of one that is too long, its beginning, which is longer than `MAX_LINE_BYTES`."""
    while line := file.readline(MAX_LINE_BYTES + 8):
        rest = line
        while rest and not rest.endswith(b"\n") and len(rest) > MAX_LINE_BYTES:
            rest = file.readline(MAX_LINE_BYTES + 8)
        yield line


def _unzipped(file: BinaryIO) -> BinaryIO:
    """The bytes as they were before gzip; twice, as servers compress what is gzipped already."""
    for _ in range(2):
        buffered = file if isinstance(file, BufferedReader) else BufferedReader(cast(Any, file))
        if not buffered.peek(2).startswith(_GZIP_MAGIC):
            return cast(BinaryIO, buffered)
        file = cast(BinaryIO, gzip.GzipFile(fileobj=buffered, mode="rb"))
    return file
