"""Records in a file of their own, read one at a time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from training.data.data_folder import partial


@dataclass(frozen=True, slots=True)
class RecordPiece:
    """Whole lines of a file of records: its bytes from `begin` to before `end`."""

    path: Path
    begin: int
    end: int

    def __iter__(self) -> Iterator[TrainingRecord]:
        with self.path.open("rb") as file:
            file.seek(self.begin)
            while file.tell() < self.end:
                yield TrainingRecord.model_validate_json(file.readline())


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A JSON Lines file of records that were checked, in the order in which they came.

    `categories` counts those of the records, `Not stated` among them.
    """

    path: Path
    count: int
    categories: dict[str, int]

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[TrainingRecord]:
        with self.path.open("rb") as file:
            for line in file:
                yield TrainingRecord.model_validate_json(line)

    def pieces(self, size: int) -> list[RecordPiece]:
        """The file in pieces of `size` records, the last of what is left."""
        bounds = [0]
        at = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                at += len(line)
                if number % size == 0 or number == self.count:
                    bounds.append(at)
        return [RecordPiece(self.path, *between) for between in pairwise(bounds)]

    @property
    def majority_category(self) -> str:
        """The commonest category, the first by the alphabet of equals."""
        return min(self.categories, key=lambda name: (-self.categories[name], name))

    @property
    def stated_categories(self) -> set[str]:
        """The categories, without `Not stated`."""
        return self.categories.keys() - {NOT_STATED}


class RecordFileWriter:
    """Writes a `RecordFile`, which is there whole or not at all: `close` gives it its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = partial(path)
        self._file = self._partial.open("wb")
        self._categories: Counter[str] = Counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def add(self, line: bytes, record: TrainingRecord) -> None:
        """Write a record by its line, which ends with a line feed."""
        self._file.write(line)
        self._categories[record.output.bug_category] += 1

    def close(self) -> RecordFile:
        """Give the file its name."""
        self._file.close()
        self._partial.replace(self._path)
        return RecordFile(self._path, self._categories.total(), dict(self._categories))
