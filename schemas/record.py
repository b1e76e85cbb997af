"""A training record: one line of JSON with a report and the summary that it should get."""

from schemas.base import Schema
from schemas.report import ReportId, ReportInput
from schemas.summary import Summary


class TrainingRecord(Schema):
    """What `/inference` takes as `input`, and the `summary` that it should answer as `output`."""

    id: ReportId | None = None
    input: ReportInput
    output: Summary
