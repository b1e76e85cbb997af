"""What a trained model is sure of, as records for the next one to learn from.

`python -m training.recipe.sure --model FOLDER --records FOLDER/train.jsonl.gz --readings
data/readings.jsonl.gz --output FILE`. The model answers reports that nobody read; where
it is sure of what happened and of what should have, its answers take the place of those that rules
gave. The next model gets them in varied form, so that it learns to say of a spoilt report what this
one said of the clean one. No reading, and so nothing held out or meant for confidences, is among
them.
"""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName, Origin, Summary
from training.evaluation.answers import Answer, Setup, answers, free_threads
from training.recipe.mix import is_gold, read_file, report_of
from training.recipe.readings import read_readings
from training.recipe.words import share

SURE = {
    FieldName.ACTUAL_BEHAVIOR: 0.75,
    FieldName.EXPECTED_BEHAVIOR: 0.85,
    FieldName.ENVIRONMENT: 0.8,
    FieldName.SUGGESTED_SOLUTION: 0.8,
    FieldName.BUG_CATEGORY: 0.8,
}
"""The confidence from which an answer is taken over."""
_NEEDED = (FieldName.ACTUAL_BEHAVIOR, FieldName.EXPECTED_BEHAVIOR)
MARK = "/sure"
_MAX_CHARS = 3_000


def unread(records: Iterable[TrainingRecord], read: set[str]) -> list[TrainingRecord]:
    """Short records of reports without a reading whose answers are the rules' opinion."""
    kept = [
        one
        for one in records
        if report_of(one) not in read
        and not is_gold(one)
        and len(one.input.description or "") <= _MAX_CHARS
    ]
    return sorted(kept, key=lambda record: share("sure", record.id or ""))


def taught(record: TrainingRecord, answer: Answer) -> TrainingRecord | None:
    """A record with the answers that a model is sure of; None where it is not sure enough.

    A field of which it is not sure, and which a record can do without, keeps what the rules said;
    a category becomes `Not stated`, from which nothing is learnt.
    """
    if answer.summary is None or answer.details is None:
        return None
    said, details = answer.summary.by_field(), answer.details.fields
    if any(details[field].confidence < SURE[field] for field in _NEEDED):
        return None
    output = record.output.by_field()
    for field in FieldName:
        if details[field].origin is Origin.DERIVED:
            continue
        if details[field].confidence >= SURE[field]:
            # The exception line that is copied along is no part of the sentence.
            output[field] = said[field].split("\n", maxsplit=1)[0]
        elif field is FieldName.BUG_CATEGORY:
            output[field] = NOT_STATED
    return record.model_copy(
        update={"id": f"{record.id}{MARK}", "output": Summary.from_fields(output)}
    )


def sure_records(
    folder: Path, records: Sequence[TrainingRecord], count: int
) -> list[TrainingRecord]:
    """At most `count` records that a model is sure of, the first of `records`."""
    given = answers(folder, records, Setup("cpu", free_threads()))
    found = [taught(record, answer) for record, answer in zip(records, given, strict=True)]
    return [one for one in found if one is not None][:count]


def main() -> None:
    """Read the command line and write the records."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe.sure", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--records", type=Path, required=True, help="the recipe's train.jsonl.gz")
    parser.add_argument("--readings", type=Path, required=True, help="data/readings.jsonl.gz")
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    records = read_file(given.records)
    read = {one.id for one in read_readings(given.readings)}
    asked = unread(records, read)[: 2 * given.count]
    found = sure_records(given.model, asked, given.count)
    given.output.write_text(
        "".join(f"{one.model_dump_json(exclude_none=True)}\n" for one in found), encoding="utf-8"
    )
    print(f"{len(found)} of {len(asked)} records")


if __name__ == "__main__":
    main()
