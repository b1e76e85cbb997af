"""The record files: always whole, and the same bytes for the same records."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas.record import TrainingRecord
from training.recipe.records import Draft
from training.recipe.reports import Report
from training.recipe.sides import side_of

Row = tuple[Report, Draft]


def to_line(record: TrainingRecord) -> str:
    """One record as a line of JSON, empty parts left out."""
    return record.model_dump_json(exclude_none=True)


def write_lines(path: Path, records: Iterable[TrainingRecord]) -> None:
    """Write records as JSON lines."""
    _replace(path, _content(records))


def write_gzip(path: Path, rows: Sequence[Row]) -> None:
    """Write records as gzipped JSON lines."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed:
        packed.write(_content(draft.to_record() for _, draft in rows))
    _replace(path, buffer.getvalue())


def write_sources(path: Path, rows: Sequence[Row]) -> None:
    """Write where each record came from, what for, and whether it is one to measure by."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["id", "source", "licence", "project", "side", "gold"])
    for report, draft in rows:
        gold = "yes" if draft.gold else "no"
        side = side_of(report).value
        table.writerow([draft.record_id, report.source, report.licence, report.project, side, gold])
    _replace(path, buffer.getvalue().encode())


def _content(records: Iterable[TrainingRecord]) -> bytes:
    return "".join(f"{to_line(record)}\n" for record in records).encode()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
