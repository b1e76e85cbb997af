"""A JSONL file of training records, checked line by line.

One bad line spoils nothing: it is reported with its number, the path of the field, the reason and
the fix. Nothing of a report's text enters a message.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from pydantic import ValidationError

from schemas.errors import DatasetError
from schemas.problem import FieldProblem
from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from schemas.validation import ROOT, field_problems

SHOWN_LINES = 10
_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"


class Reason(StrEnum):
    """Why a line is not used."""

    INVALID_UTF8 = "invalid UTF-8"
    NOT_JSON = "not JSON"
    NOT_AN_OBJECT = "not an object"
    MISSING_FIELD = "missing field"
    UNKNOWN_FIELD = "unknown field"
    WRONG_TYPE = "wrong type"
    OVER_A_LIMIT = "over a limit"
    BAD_VALUE = "bad value"
    EMPTY_REPORT = "empty report"
    NOTHING_STATED = "nothing stated"
    ID_USED_TWICE = "id used twice"


_REASONS = {
    "missing": Reason.MISSING_FIELD,
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "string_type": Reason.WRONG_TYPE,
    "list_type": Reason.WRONG_TYPE,
    "model_type": Reason.WRONG_TYPE,
    "string_too_long": Reason.OVER_A_LIMIT,
    "too_long": Reason.OVER_A_LIMIT,
    "too_many_keys": Reason.OVER_A_LIMIT,
    "key_length": Reason.OVER_A_LIMIT,
    "empty_report": Reason.EMPTY_REPORT,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a line: where (a JSON path), why, and how to mend it."""

    path: str
    reason: Reason
    fix: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not used. `path`, `reason` and `fix` are those of its first fault."""

    line_number: int
    faults: tuple[Fault, ...]
    raw: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The JSON path of the bad field, `$` for the whole line."""
        return self.faults[0].path

    @property
    def reason(self) -> Reason:
        """Why the line is not used."""
        return self.faults[0].reason

    @property
    def fix(self) -> str:
        """What to do about it."""
        return self.faults[0].fix

    def __str__(self) -> str:
        faults = (
            fault.fix if fault.path == ROOT else f"{fault.path} {fault.fix}"
            for fault in self.faults
        )
        return f"line {self.line_number}: {self.reason}: {'; '.join(faults)}"


@dataclass(frozen=True, slots=True)
class RecordReport:
    """What a file holds: the good records in their order, and the bad lines.

    `repeated` counts lines with the id and the content of an earlier one: they are left out, and
    they are not bad.
    """

    path: Path
    records: list[TrainingRecord]
    bad: list[BadLine]
    repeated: int

    @property
    def line_count(self) -> int:
        """Lines that are not blank."""
        return len(self.records) + len(self.bad) + self.repeated

    @property
    def bad_share(self) -> float:
        """The share of bad lines, 0 to 1."""
        return len(self.bad) / self.line_count if self.line_count else 0.0

    @property
    def counts(self) -> dict[Reason, int]:
        """Bad lines by the reason of their first fault, the most frequent reason first."""
        return dict(Counter(line.reason for line in self.bad).most_common())


def read_records(path: Path, max_bad_share: float = 0.05) -> RecordReport:
    """Read and check a JSONL file, plain or gzipped.

    Raises:
        DatasetError: as `scan_records` and `require_usable` do.
    """
    report = scan_records(path)
    require_usable(report, max_bad_share)
    return report


def scan_records(path: Path) -> RecordReport:
    """Read every line, whatever the share of bad ones.

    Raises:
        DatasetError: the file cannot be read or has no line.
    """
    records: list[TrainingRecord] = []
    bad: list[BadLine] = []
    repeated = 0
    by_id: dict[str, tuple[int, TrainingRecord]] = {}
    for number, raw in _lines(path):
        parsed = _parse(raw)
        if not isinstance(parsed, TrainingRecord):
            bad.append(BadLine(number, parsed, raw))
            continue
        first_number, first = number, parsed
        if parsed.id is not None:
            first_number, first = by_id.setdefault(parsed.id, (number, parsed))
        if first is parsed:
            records.append(parsed)
        elif first == parsed:
            repeated += 1
        else:
            fix = f"is the id of line {first_number}, which has other content; give it another id"
            bad.append(BadLine(number, (Fault("id", Reason.ID_USED_TWICE, fix),), raw))
    report = RecordReport(path, records, bad, repeated)
    if not report.line_count:
        raise DatasetError(f"{path} is empty: give a file with one training record per line")
    return report


def require_usable(report: RecordReport, max_bad_share: float) -> None:
    """Refuse a file with more bad lines than allowed, or without a good one.

    Raises:
        DatasetError: its message has the counts by reason and the first bad lines.
    """
    if report.bad_share > max_bad_share:
        ground = f"More than {max_bad_share:.1%} of the lines are bad"
    elif not report.records:
        ground = "No line is usable"
    else:
        return
    raise DatasetError(f"{ground}.\n{format_report(report)}")


def format_report(report: RecordReport, shown_lines: int = SHOWN_LINES) -> str:
    """The report for a terminal: totals, counts by reason and the first bad lines."""
    total = f"{report.path}: {len(report.records)} of {report.line_count} lines are usable"
    if report.repeated:
        total += f", {report.repeated} repeat an earlier line"
    lines = [f"{total}, {len(report.bad)} are bad ({report.bad_share:.1%})"]
    lines += [f"  {count:>6}  {reason}" for reason, count in report.counts.items()]
    lines += [f"  {line}" for line in report.bad[:shown_lines]]
    if len(report.bad) > shown_lines:
        lines.append(f"  ... and {len(report.bad) - shown_lines} more bad lines")
    return "\n".join(lines)


def write_rejects(report: RecordReport, path: Path) -> Path:
    """Write the bad lines as they were, so that the file can be repaired and trained on.

    Their reasons go beside it, one line each in the same order; the path of that file is returned.
    """
    reasons = path.with_name(path.name + ".reasons.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line.raw + b"\n" for line in report.bad))
    reasons.write_text("".join(f"{line}\n" for line in report.bad), encoding="utf-8")
    return reasons


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1, without line end and BOM."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_unzipped(file), start=1):
                raw = line.removeprefix(_BOM) if number == 1 else line
                if raw.strip():
                    yield number, raw.rstrip(b"\r\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path} is a damaged gzip file: {error}") from error
    except OSError as error:
        raise DatasetError(f"Cannot read {path}: {error.strerror}") from error


def _unzipped(file: BufferedReader) -> BinaryIO:
    if file.peek(2).startswith(_GZIP_MAGIC):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    return file


def _parse(raw: bytes) -> TrainingRecord | tuple[Fault, ...]:
    try:
        text = raw.decode("utf-8")
        record = TrainingRecord.model_validate_json(text)
    except UnicodeDecodeError as error:
        fix = f"at byte {error.start + 1}; save the file as UTF-8"
        return (Fault(ROOT, Reason.INVALID_UTF8, fix),)
    except ValidationError as error:
        return tuple(_fault(problem) for problem in field_problems(error))
    if set(record.output.by_field().values()) == {NOT_STATED}:
        return (Fault("output", Reason.NOTHING_STATED, "must state at least one field"),)
    return record


def _fault(problem: FieldProblem) -> Fault:
    path, fix = problem.path, problem.message
    if problem.code == "json_invalid":
        # The line is the whole document here, so its own "line 1" would mislead.
        said = re.sub(r" at line \d+ column ", " at column ", fix.removeprefix("Invalid JSON: "))
        return Fault(path, Reason.NOT_JSON, f"{said}; write one object per line")
    if problem.code == "model_type" and path == ROOT:
        return Fault(path, Reason.NOT_AN_OBJECT, "must be a JSON object, one per line")
    if problem.code == "missing" and path.startswith("output."):
        fix = f'{fix}, as "{NOT_STATED}" where the report does not say'
    return Fault(path, _REASONS.get(problem.code, Reason.BAD_VALUE), fix)
