"""The reports that the card's figures are measured on."""

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.record import TrainingRecord
from training.recipe.readings import Reading, record_of
from training.recipe.sides import Side


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out report without headings, and where it comes from.

    `gold` says who named its answers: a reader, sentence by sentence, or the reporter's own
    headings, which its input lacks. `reading` is there for what was read.
    """

    record: TrainingRecord
    project: str
    side: Side
    gold: Literal["read", "headings"]
    reading: Reading | None = None


def held_out_reports(records: Path, readings: Sequence[Reading]) -> list[HeldOut]:
    """All held-out reports: of `records`, the recipe's output folder, and of the readings.

    A report of which there is a reading comes in once, with the reading.
    """
    read = {one.id: one for one in readings if one.side != "train"}
    with (records / "sources.csv").open(encoding="utf-8", newline="") as lines:
        origins = {row["id"]: (row["project"], Side(row["side"])) for row in csv.DictReader(lines)}
    with gzip.open(records / "held_out_gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        headed = [TrainingRecord.model_validate_json(line) for line in lines]
    found = [
        HeldOut(record, *origins[record.id or ""], "headings")
        for record in headed
        if (record.id or "").partition("/")[0] not in read
    ]
    return found + [
        HeldOut(record_of(one), one.project, Side(one.side), "read", one) for one in read.values()
    ]
