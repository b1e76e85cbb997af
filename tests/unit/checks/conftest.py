"""Records by the parts that a check looks at."""

from collections.abc import Iterable

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import Summary
from training.data.checks.checks import Check
from training.data.checks.finding import At, Finding

FILES = ["a.jsonl", "b.jsonl"]


def made(description: str = "The page stays blank.", **output: str) -> TrainingRecord:
    """A record; fields that are not given are not stated."""
    names = [*Summary.model_fields]
    return TrainingRecord(
        input=ReportInput(description=description),
        output=Summary.model_validate({name: output.get(name) for name in names}),
    )


def checked(check: Check, records: Iterable[TrainingRecord]) -> list[Finding]:
    """What a check finds in records that stand in the lines of the first file."""
    for line, record in enumerate(records, start=1):
        check.add(record, At(0, line))
    return check.findings()


def places(finding: Finding) -> list[tuple[int, str, str]]:
    """Lines, paths and notes."""
    return [(place.line, place.path, place.note) for place in finding.places]
