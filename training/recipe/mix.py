"""Which records the bundled model learns from, in which stage, and in which form.

`python -m training.recipe.mix --records FOLDER/train.jsonl.gz --readings data/readings.jsonl.gz
--stage 1 --output FILE`. The first stage learns from many answers that rules and headings give,
the second from the reports that were read sentence by sentence, those of rare categories more
often than others, and from those whose answers stood under the reporter's own headings. With
`--sure` it also learns what another model is sure of (`training.recipe.sure`). `calibration` are
readings that no stage learns from, for temperatures, offsets and thresholds. All inputs but these
are varied, each time anew (`training.recipe.noise`).
"""

import argparse
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from training.recipe.category import RARE_CATEGORIES
from training.recipe.noise import varied
from training.recipe.readings import (
    READ,
    Reading,
    read_readings,
    record_of,
    to_learn_from,
    to_learn_from_again,
)
from training.recipe.records import GOLD
from training.recipe.words import share

Stage = Literal["1", "2", "calibration"]
STAGES: tuple[Stage, ...] = ("1", "2", "calibration")

MAX_SOLUTIONS, MAX_EXPECTATIONS, MAX_OTHERS = 700, 1_500, 1_500
MAX_PER_RARE_CATEGORY = 100
GOLD_FORMS = 2
ENOUGH_OF_A_CATEGORY, MAX_FORMS = 600, 3
"""Readings of a category with fewer records than that are repeated, at most so many times.

Each time they are varied anew, which leaves four in ten as they are.
"""
SURE_CATEGORIES = RARE_CATEGORIES | {"crash"}
"""Where the rules say one of these, readers mostly say it too (`training.recipe.agreement`)."""

Kind = Callable[[TrainingRecord], str]


def mix(
    records: Iterable[TrainingRecord],
    readings: Sequence[Reading],
    stage: Stage,
    sure: Sequence[TrainingRecord] = (),
) -> list[TrainingRecord]:
    """The records of a stage, in an order that depends on their ids alone."""
    if stage == "calibration":
        kept = [reading for reading in readings if reading.is_for_calibration]
        return _ordered(record_of(reading) for reading in kept)
    learnt = [one for one in readings if one.side == "train" and not one.is_for_calibration]
    all_records = _ordered(records)
    # A reading says all that there is to say of its report; those that are not learnt from may not
    # come in by another door.
    read = {one.id for one in readings}
    others = [one for one in all_records if report_of(one) not in read]
    if stage == "1":
        limits = {"solution": MAX_SOLUTIONS, "expected": MAX_EXPECTATIONS, "other": MAX_OTHERS}
        chosen = _limited(others, _kind_for_sentences, limits, default=len(others))
        return [_varied(record, stage) for record in chosen]
    # Readers point at sentences anywhere, reporters' headings at whole parts: both are learnt,
    # also of one report.
    kept_apart = read - {one.id for one in learnt}
    gold = [one for one in all_records if is_gold(one) and report_of(one) not in kept_apart]
    rare = _limited(
        [one for one in others if not is_gold(one)],
        lambda record: record.output.bug_category,
        dict.fromkeys(RARE_CATEGORIES, MAX_PER_RARE_CATEGORY),
        default=0,
    )
    of_headings = [
        _without_unsure_category(form) for record in gold for form in _in_forms(record, GOLD_FORMS)
    ]
    of_readings = [*_balanced(list(to_learn_from(learnt))), *to_learn_from_again(learnt)]
    return [
        _varied(record, stage) for record in _ordered([*of_headings, *rare, *of_readings, *sure])
    ]


def _balanced(records: Sequence[TrainingRecord]) -> Iterator[TrainingRecord]:
    """The records, those of rare categories repeatedly."""
    of_category = Counter(record.output.bug_category for record in records)
    for record in records:
        needed = -(-ENOUGH_OF_A_CATEGORY // of_category[record.output.bug_category])
        yield from _in_forms(record, min(MAX_FORMS, needed))


def _in_forms(record: TrainingRecord, count: int) -> Iterator[TrainingRecord]:
    """The record so many times, under ids of their own, by which it is varied."""
    yield record
    for form in range(1, count):
        yield record.model_copy(update={"id": f"{record.id}/{form}"})


def _ordered(records: Iterable[TrainingRecord]) -> list[TrainingRecord]:
    return sorted(records, key=lambda record: share("mix", record.id or ""))


def _kind_for_sentences(record: TrainingRecord) -> str:
    if is_gold(record):
        return "gold"
    if record.output.bug_category in RARE_CATEGORIES:
        return "rare"
    if record.output.suggested_solution != NOT_STATED:
        return "solution"
    return "other" if record.output.expected_behavior == NOT_STATED else "expected"


def _limited(
    records: Sequence[TrainingRecord], kind: Kind, limits: dict[str, int], default: int
) -> list[TrainingRecord]:
    taken: Counter[str] = Counter()
    chosen = []
    for record in records:
        name = kind(record)
        if taken[name] < limits.get(name, default):
            taken[name] += 1
            chosen.append(record)
    return chosen


def _without_unsure_category(record: TrainingRecord) -> TrainingRecord:
    if record.output.bug_category in SURE_CATEGORIES:
        return record
    output = record.output.model_copy(update={"bug_category": NOT_STATED})
    return record.model_copy(update={"output": output})


def _varied(record: TrainingRecord, stage: Stage) -> TrainingRecord:
    if record.input.description is None:
        return record
    text = varied(record.input.description, f"{stage} {record.id}")
    return record.model_copy(
        update={"input": record.input.model_copy(update={"description": text})}
    )


def is_gold(record: TrainingRecord) -> bool:
    """Whether the answers of a record stood under the reporter's own headings."""
    return (record.id or "").endswith(GOLD)


def report_of(record: TrainingRecord) -> str:
    """The id of the report that a record was made of."""
    return (record.id or "").partition("/")[0]


def read_file(path: Path) -> list[TrainingRecord]:
    """The records of a file of JSON lines, gzipped or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [TrainingRecord.model_validate_json(line) for line in lines]


def main() -> None:
    """Read the command line and write the mix."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe.mix", description=__doc__)
    parser.add_argument("--records", type=Path, required=True, help="the recipe's train.jsonl.gz")
    parser.add_argument("--readings", type=Path, required=True, help="data/readings.jsonl.gz")
    parser.add_argument("--stage", choices=STAGES, required=True)
    parser.add_argument("--sure", type=Path, help="for stage 2: what training.recipe.sure wrote")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    if given.sure and given.stage != "2":
        parser.error("--sure is for stage 2; leave it out")
    records = read_file(given.records)
    sure = read_file(given.sure) if given.sure else []
    chosen = mix(records, read_readings(given.readings), given.stage, sure)
    given.output.write_text(
        "".join(record.model_dump_json(exclude_none=True) + "\n" for record in chosen),
        encoding="utf-8",
    )
    read = sum(READ in (record.id or "") for record in chosen)
    print(f"{len(chosen)} records, {read} of them read")


if __name__ == "__main__":
    main()
