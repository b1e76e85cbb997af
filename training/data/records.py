"""Files of records, read one line at a time: good records, bad lines, and counts of both."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from training.data.bad_lines import BadLine, Fault, Reason, parse_line
from training.data.lines import Line, read_lines
from training.data.record_index import RecordIndex
from training.data.sources import SourceFile

SHOWN_LINES = 10


@dataclass(slots=True)
class FileReport:
    """What a file holds, in numbers, with its first bad lines but not their bytes.

    `repeated` counts lines with the id and the content of an earlier one: they are left out, and
    they are not bad.
    """

    name: str
    usable: int = 0
    repeated: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    first_bad: list[BadLine] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """Lines that are not used."""
        return self.reasons.total()

    @property
    def line_count(self) -> int:
        """Lines that are not blank."""
        return self.usable + self.bad + self.repeated

    @property
    def bad_share(self) -> float:
        """The share of bad lines, 0 to 1."""
        return self.bad / self.line_count if self.line_count else 0.0

    def note_bad(self, line: BadLine) -> None:
        """Count a bad line by the reason of its first fault."""
        self.reasons[line.reason] += 1
        if len(self.first_bad) < SHOWN_LINES:
            self.first_bad.append(replace(line, raw=b""))


class GoodLine(NamedTuple):
    """A record with the bytes of its line and its position in the index."""

    position: int
    raw: bytes
    record: TrainingRecord


class Scan:
    """Files that belong together: an id stands for one content in all of them.

    `index` and `reports`, one a file, are filled while `lines` is read. Files are numbered from
    `first_file` on.
    """

    def __init__(self, files: Sequence[SourceFile], first_file: int = 0) -> None:
        self.index = RecordIndex()
        self.reports = [FileReport(file.name) for file in files]
        self._files = files
        self._first_file = first_file

    def lines(self) -> Iterator[tuple[int, GoodLine | BadLine]]:
        """Every record and every bad line with the number of its file; repeated ones are left out.

        Raises:
            DatasetError: a file cannot be read, or none has a line.
        """
        pairs = zip(self._files, self.reports, strict=True)
        for number, (file, report) in enumerate(pairs, start=self._first_file):
            for line in read_lines(file.path, file.name):
                found = self._judged(line, number)
                if found is None:
                    report.repeated += 1
                    continue
                if isinstance(found, BadLine):
                    report.note_bad(found)
                else:
                    report.usable += 1
                yield number, found
        if not any(report.line_count for report in self.reports):
            raise DatasetError(
                f"{self.reports[0].name} is empty: give a file with one training record per line"
            )

    def _judged(self, line: Line, file: int) -> GoodLine | BadLine | None:
        record = parse_line(line)
        if isinstance(record, BadLine):
            return record
        first = self.index.position_of(record)
        if first is None:
            return GoodLine(self.index.add(record, file, line.number), line.raw, record)
        if self.index.holds_at(first, record):
            return None
        return BadLine(line.number, (self._id_used_twice(first, file),), line.raw)

    def _id_used_twice(self, first: int, file: int) -> Fault:
        first_file, first_line = self.index.place(first)
        where = f"line {first_line}"
        if first_file != file:
            where += f" of {self.reports[first_file - self._first_file].name}"
        fix = f"is the id of {where}, which has other content; give it another id"
        return Fault("id", Reason.ID_USED_TWICE, fix)


class RecordReport(NamedTuple):
    """The good records of all files in their order, and what is wrong with each of them."""

    records: list[TrainingRecord]
    files: list[FileReport]


def read_records(files: Sequence[SourceFile], max_bad_share: float = 0.05) -> RecordReport:
    """Read and check files whose records fit into memory.

    Raises:
        DatasetError: as `Scan.lines` and `require_usable` do.
    """
    scan = Scan(files)
    records = [found.record for _, found in scan.lines() if isinstance(found, GoodLine)]
    require_usable(scan.reports, max_bad_share)
    return RecordReport(records, scan.reports)


def require_usable(reports: Sequence[FileReport], max_bad_share: float) -> None:
    """Refuse files with more bad lines than allowed in all, or without a good one.

    Raises:
        DatasetError: its message has the counts by reason and the first bad lines.
    """
    lines = sum(report.line_count for report in reports)
    bad = sum(report.bad for report in reports)
    if lines and bad / lines > max_bad_share:
        ground = f"More than {max_bad_share:.1%} of the lines are bad"
    elif bad == lines:
        ground = "No line is usable"
    else:
        return
    listed = "\n".join(format_report(report) for report in reports if report.bad)
    raise DatasetError(f"{ground}.\n{listed}")


def format_report(report: FileReport, shown_lines: int = SHOWN_LINES) -> str:
    """A file's report for a terminal: totals, counts by reason and the first bad lines."""
    total = f"{report.name}: {report.usable} of {report.line_count} lines are usable"
    if report.repeated:
        total += f", {report.repeated} repeat an earlier line"
    lines = [f"{total}, {report.bad} are bad ({report.bad_share:.1%})"]
    lines += [f"  {count:>6}  {reason}" for reason, count in report.reasons.most_common()]
    shown = report.first_bad[:shown_lines]
    lines += [f"  {line}" for line in shown]
    if report.bad > len(shown):
        lines.append(f"  ... and {report.bad - len(shown)} more bad lines")
    return "\n".join(lines)
