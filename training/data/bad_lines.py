"""A line of JSON: a training record, or what is wrong with it.

One bad line spoils nothing: it is reported with its number, the path of the field, the reason and
the fix. Nothing of a report's text enters a message.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import ValidationError

from schemas.problem import FieldProblem
from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from schemas.validation import ROOT, field_problems
from training.data.lines import MAX_LINE_BYTES, Line


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


def parse_line(line: Line) -> TrainingRecord | BadLine:
    """The record of a line, or what is wrong with it."""
    parsed = _parse(line)
    return parsed if isinstance(parsed, TrainingRecord) else BadLine(line.number, parsed, line.raw)


def _parse(line: Line) -> TrainingRecord | tuple[Fault, ...]:
    if line.is_too_long:
        fix = f"is longer than {MAX_LINE_BYTES >> 20} MiB; write one object per line"
        return (Fault(ROOT, Reason.OVER_A_LIMIT, fix),)
    try:
        text = line.raw.decode("utf-8")
        record = TrainingRecord.model_validate_json(text)
    except UnicodeDecodeError as error:
        fix = f"at byte {error.start + 1}; save the file as UTF-8"
        return (Fault(ROOT, Reason.INVALID_UTF8, fix),)
    except ValidationError as error:
        if text.lstrip().startswith("["):
            # Annotation tools export one array: what its first line lacks would not help.
            fix = "begins a JSON array; write its items one per line, as `jq -c '.[]' FILE` does"
            return (Fault(ROOT, Reason.NOT_AN_OBJECT, fix),)
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
