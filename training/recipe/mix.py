"""Which of the recipe's records the bundled model learns from, and in which stage.

`python -m training.recipe.mix --records FOLDER/train.jsonl.gz --stage 1 --output FILE`. The first
stage is for the sentences: all records whose answers stood under the reporter's headings, and of
the others what is rare, what states an expectation or a solution, and some of the rest. The second
is for the categories: all of the rare ones, and again records with the reporter's own answers.
"""

import argparse
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from training.recipe.category import RARE_CATEGORIES
from training.recipe.records import GOLD
from training.recipe.words import share

MAX_SOLUTIONS, MAX_EXPECTATIONS, MAX_OTHERS = 700, 1_700, 2_600
MAX_GOLD_IN_SECOND_STAGE = 3_000
MAX_PER_CATEGORY_IN_SECOND_STAGE = {
    **dict.fromkeys(RARE_CATEGORIES, 999),
    **dict.fromkeys(("network", "data", "build"), 450),
    "crash": 350,
}

Kind = Callable[[TrainingRecord], str]


def mix(records: Iterable[TrainingRecord], stage: int) -> list[TrainingRecord]:
    """The records of a stage, 1 or 2, in an order that depends on their ids alone."""
    ordered = sorted(records, key=lambda record: share("mix", record.id or ""))
    if stage == 1:
        limits = {"solution": MAX_SOLUTIONS, "expected": MAX_EXPECTATIONS, "other": MAX_OTHERS}
        return _limited(ordered, _kind_for_sentences, limits, default=len(ordered))
    return _limited(
        ordered,
        lambda record: "gold" if _is_gold(record) else record.output.bug_category,
        {**MAX_PER_CATEGORY_IN_SECOND_STAGE, "gold": MAX_GOLD_IN_SECOND_STAGE},
        default=0,
    )


def _kind_for_sentences(record: TrainingRecord) -> str:
    if _is_gold(record):
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


def _is_gold(record: TrainingRecord) -> bool:
    return (record.id or "").endswith(GOLD)


def main() -> None:
    """Read the command line and write the mix."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe.mix", description=__doc__)
    parser.add_argument("--records", type=Path, required=True, help="the recipe's train.jsonl.gz")
    parser.add_argument("--stage", type=int, choices=(1, 2), required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    with gzip.open(arguments.records, "rt", encoding="utf-8") as lines:
        records = [TrainingRecord.model_validate_json(line) for line in lines]
    chosen = mix(records, arguments.stage)
    arguments.output.write_text(
        "".join(record.model_dump_json() + "\n" for record in chosen), encoding="utf-8"
    )
    print(f"{len(chosen)} of {len(records)} records")


if __name__ == "__main__":
    main()
