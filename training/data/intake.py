"""The one pass over the files: bad lines are set apart, good ones pass every check."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from datasets.utils import tqdm

from training.data.bad_lines import BadLine
from training.data.checks.checks import Checks
from training.data.checks.finding import At
from training.data.record_index import RecordIndex
from training.data.records import FileReport, GoodLine, Scan
from training.data.rejects import Rejects
from training.data.sources import SourceFile, base_name


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in. `accepted` has the line of the record at position n as its n-th line."""

    index: RecordIndex
    reports: list[FileReport]
    rejects: list[Rejects]
    accepted: Path


def take_in(
    files: Sequence[SourceFile], checks: Checks, rejects: Path, accepted: Path, first_file: int = 0
) -> Intake:
    """Read and check files, which are numbered from `first_file` on.

    Raises:
        DatasetError: a file cannot be read, or none has a line.
    """
    scan = Scan(files, first_file)
    rejected = [Rejects(rejects / name) for name in _distinct_names(files)]
    # Without a terminal there is no bar.
    shown = tqdm(scan.lines(), desc="Checking", unit="line", disable=None)
    with accepted.open("wb") as out:
        for file, found in groupby(shown, key=itemgetter(0)):
            with rejected[file - first_file] as bad:
                for good in _without_bad(found, bad):
                    out.write(good.raw + b"\n")
                    checks.add(good.record, At(*scan.index.place(good.position)))
    return Intake(scan.index, scan.reports, rejected, accepted)


def _without_bad(
    lines: Iterable[tuple[int, GoodLine | BadLine]], rejects: Rejects
) -> Iterator[GoodLine]:
    for _, line in lines:
        if isinstance(line, BadLine):
            rejects.add(line)
        else:
            yield line


def _distinct_names(files: Sequence[SourceFile]) -> list[str]:
    """The name of each file, all of them with their numbers in front where two have the same."""
    names = [base_name(file.name) for file in files]
    if len(set(names)) == len(names):
        return names
    return [f"{number}-{name}" for number, name in enumerate(names, start=1)]
