"""The record files: always whole, and the same bytes for the same records."""

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

from training.recipe.records import Draft
from training.recipe.reports import Report
from training.recipe.sides import side_of

Row = tuple[Report, Draft]


def to_line(draft: Draft) -> str:
    """One record as a line of JSON, empty parts left out."""
    return draft.to_record().model_dump_json(exclude_none=True)


def write_lines(path: Path, rows: Sequence[Row]) -> None:
    """Write records as JSON lines."""
    _replace(path, _content(rows))


def write_gzip(path: Path, rows: Sequence[Row]) -> None:
    """Write records as gzipped JSON lines."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed:
        packed.write(_content(rows))
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


def _content(rows: Sequence[Row]) -> bytes:
    return "".join(f"{to_line(draft)}\n" for _, draft in rows).encode()


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
