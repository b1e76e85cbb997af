"""Reports that were read sentence by sentence, and the records that they give.

`data/readings.jsonl.gz` holds one `Reading` a line: which sentences of a report tell the actual
behaviour, the expected one, and so on, as `data/READING.md` told the readers to decide. The texts
are those of the report's segments, so a reading outlives a change of how reports are cut.
"""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from schemas.base import Schema
from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName, Summary
from training.recipe.scrub import scrub
from training.recipe.words import share

MAX_ANSWER_CHARS = 900
CALIBRATION_SHARE = 0.15
READ = "/read"
"""How the id of a record from a reading ends, before what was varied."""

_BEST_ONLY = 0.4
"""The share of readings of which only the most telling sentence is taught, not every right one."""


class Reading(Schema):
    """What one report says where.

    `side` is what the report is for (`sides.Side`). `description` is what was read, without the
    template's headings; `title` was shown beside it, and `title_says` is what it tells. Each list
    holds whole segments, in reading order. `kind` tells reports of bugs from what is none.
    `doubtful` says that the reader was.
    """

    id: str
    source: str
    licence: str
    project: str
    side: Literal["train", "project", "time", "random"]
    kind: Literal["bug", "request", "question", "other"]
    title: str
    title_says: Literal["actual", "expected", "both", "neither"]
    description: str
    actual: list[str]
    best_actual: str | None
    expected: list[str]
    best_expected: str | None
    steps: list[str]
    environment: list[str]
    solution: list[str]
    category: str
    doubtful: bool

    @property
    def is_for_calibration(self) -> bool:
        """Whether confidences are fitted on it, and nothing else."""
        return self.side == "train" and share("calibration", self.id) < CALIBRATION_SHARE


def read_readings(path: Path) -> list[Reading]:
    """Every reading of a gzipped file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [Reading.model_validate_json(line) for line in lines]


def to_learn_from(readings: Iterable[Reading]) -> Iterator[TrainingRecord]:
    """Two records of each reading: with the title before the text, where there is one, and without.

    Of some readings only the most telling sentence is right, so that it is preferred among those
    that tell the same.
    """
    for reading in readings:
        best_only = share("best only", reading.id) < _BEST_ONLY
        yield record_of(reading, best_only=best_only)
        if reading.title:
            yield record_of(reading, with_title=True, best_only=best_only)


def to_learn_from_again(readings: Iterable[Reading]) -> Iterator[TrainingRecord]:
    """One record more of each reading, with its title or without, under an id of its own."""
    for reading in readings:
        with_title = bool(reading.title) and share("title again", reading.id) < 0.5
        best_only = share("best only", reading.id) < _BEST_ONLY
        record = record_of(reading, with_title=with_title, best_only=best_only)
        yield record.model_copy(update={"id": f"{record.id}/again"})


def record_of(
    reading: Reading, *, with_title: bool = False, best_only: bool = False
) -> TrainingRecord:
    """One record. An answer of several sentences has the most telling one first."""
    actual = _ordered(reading.best_actual, reading.actual, best_only)
    expected = _ordered(reading.best_expected, reading.expected, best_only)
    description = reading.description
    if with_title:
        description = f"{reading.title}\n\n{description}"
        if reading.title_says in ("actual", "both"):
            actual = [reading.title, *actual]
        if reading.title_says in ("expected", "both"):
            expected = [reading.title, *expected]
    return TrainingRecord(
        id=f"{reading.id}{READ}{'+title' if with_title else ''}",
        input=ReportInput(description=description),
        output=Summary.from_fields(
            {
                FieldName.ENVIRONMENT: joined(reading.environment, ", "),
                FieldName.ACTUAL_BEHAVIOR: joined(actual, " "),
                FieldName.EXPECTED_BEHAVIOR: joined(expected, " "),
                FieldName.BUG_CATEGORY: reading.category,
                FieldName.SUGGESTED_SOLUTION: joined(reading.solution, " "),
            }
        ),
    )


def _ordered(best: str | None, texts: Sequence[str], best_only: bool) -> list[str]:
    if best is None or best_only:
        return [best] if best is not None else []
    return [best, *(text for text in texts if text != best)]


def joined(texts: Sequence[str], separator: str) -> str:
    """Several segments as one answer, as many as fit; `Not stated` for none."""
    kept: list[str] = []
    for text in texts:
        flat = " ".join(text.split())
        if kept and len(separator.join([*kept, flat])) > MAX_ANSWER_CHARS:
            break
        kept.append(flat)
    # A sentence that was on two lines may hold on one what looks like somebody's name.
    return scrub(separator.join(kept)) or NOT_STATED
