"""From the source files to the record files."""

import csv
import gzip
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from training.recipe.duplicates import first_of_each
from training.recipe.records import Draft, drafts
from training.recipe.reports import Report, read_reports
from training.recipe.scrub import scrub
from training.recipe.words import share, words

HELD_OUT_SHARE = 0.12
MAX_TEXT_CHARS = 30_000

_ENGLISH = frozenset("the is to a in not on and of it when i for this with that be as if from".split())
_PHONE_SPAM = re.compile(r"\[phone\]|customer (?:service|support) number", re.IGNORECASE)

Row = tuple[Report, Draft]


def build(source: Path, output: Path, sample: int) -> None:
    """Read the sources in `source` and write every record file to `output`."""
    kept, owners = prepare(read_reports(source))
    train: list[Row] = []
    held_out: list[Row] = []
    for report in kept:
        side = is_held_out(owners[report.key])
        rows = held_out if side else train
        rows.extend((report, draft) for draft in drafts(report, held_out=side))
    output.mkdir(parents=True, exist_ok=True)
    _write_gzip(output / "train.jsonl.gz", train)
    _write_gzip(output / "held_out.jsonl.gz", held_out)
    _write_gzip(output / "held_out_gold.jsonl.gz", [row for row in held_out if row[1].gold])
    _write_sources(output / "sources.csv", [*train, *held_out])


def is_held_out(owner: str) -> bool:
    """Whether the records of a report, and of all that repeat it, are kept out of training."""
    return share("held out", owner) < HELD_OUT_SHARE


def prepare(reports: Sequence[Report]) -> tuple[list[Report], dict[str, str]]:
    """The scrubbed reports that can be used, and for each key the key of the report it repeats.

    A report that repeats another is only kept where it brings a retelling or a fix of its own.
    """
    usable = [clean for report in reports if is_usable(clean := scrubbed(report))]
    owners = first_of_each([f"{report.title} {report.text}" for report in usable])
    owner_keys = {
        report.key: usable[owner].key for report, owner in zip(usable, owners, strict=True)
    }
    kept = [
        report for position, report in enumerate(usable) if owners[position] == position
    ]
    return kept, owner_keys


def scrubbed(report: Report) -> Report:
    """The report without personal data and secrets."""
    return replace(
        report,
        title=scrub(report.title),
        text=scrub(report.text),
        environment=scrub(report.environment),
        fix=scrub(report.fix),
        retold=scrub(report.retold),
    )


def is_usable(report: Report) -> bool:
    """Whether a report is English, long enough to tell something and no advertisement."""
    text = f"{report.title}\n{report.text}"
    tokens = words(text)
    if len(tokens) < 12 or len(report.text) > MAX_TEXT_CHARS:
        return False
    if len(_PHONE_SPAM.findall(text)) >= 3:
        return False
    foreign = sum(ord(character) > 0x24F for character in text)
    return len(_ENGLISH & set(tokens)) >= 3 and foreign <= 0.05 * len(text)


def to_line(draft: Draft) -> str:
    """One record as a line of JSON, empty parts left out."""
    return draft.to_record().model_dump_json(exclude_none=True)


def write_text(path: Path, lines: Iterable[str]) -> None:
    """Write a file in one step, so that a reader never sees half of it."""
    _replace(path, "".join(f"{line}\n" for line in lines).encode())


def _write_gzip(path: Path, rows: Sequence[Row]) -> None:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed:
        for _, draft in rows:
            packed.write(f"{to_line(draft)}\n".encode())
    _replace(path, buffer.getvalue())


def _write_sources(path: Path, rows: Sequence[Row]) -> None:
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["id", "source", "licence", "part"])
    for report, draft in rows:
        part = "gold" if draft.gold else "other"
        table.writerow([draft.record_id, report.source, report.licence, part])
    _replace(path, buffer.getvalue().encode())


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)
