"""The one pass over the files: bad lines are set apart, good ones pass every check."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from training.bad_lines import BadLine
from training.checks.checks import Checks
from training.checks.finding import At
from training.record_index import RecordIndex
from training.records import FileReport, Scan
from training.rejects import Rejects
from training.sources import SourceFile, base_name


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
    with ExitStack() as stack:
        out = stack.enter_context(accepted.open("wb"))
        for each in rejected:
            stack.enter_context(each)
        for file, found in scan.lines():
            if isinstance(found, BadLine):
                rejected[file - first_file].add(found)
            else:
                out.write(found.raw + b"\n")
                checks.add(found.record, At(*scan.index.place(found.position)))
    return Intake(scan.index, scan.reports, rejected, accepted)


def _distinct_names(files: Sequence[SourceFile]) -> list[str]:
    """The name of each file, with its number in front where another has the same."""
    names = [base_name(file.name) for file in files]
    return [
        name if names.count(name) == 1 else f"{number}-{name}"
        for number, name in enumerate(names, start=1)
    ]
