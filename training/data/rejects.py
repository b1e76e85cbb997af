"""Bad lines as they were, in a file that can be repaired and read again."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from training.data.bad_lines import BadLine


class Rejects:
    """Writes bad lines into a file, and their reasons beside it, in the same order.

    Both files begin to exist with the first bad line. Of a line that was too long to be read
    there is an empty one, which a reader skips.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._open = ExitStack()
        self._lines: IO[bytes] | None = None
        self._reasons: IO[str] | None = None

    @property
    def reasons_path(self) -> Path:
        """The file with the number and the reason of every bad line."""
        return self.path.with_name(self.path.name + ".reasons.txt")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, line: BadLine) -> None:
        """Write one bad line."""
        if self._lines is None or self._reasons is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lines = self._open.enter_context(self.path.open("wb"))
            self._reasons = self._open.enter_context(self.reasons_path.open("w", encoding="utf-8"))
        self._lines.write(line.raw + b"\n")
        self._reasons.write(f"{line}\n")
        self.count += 1
