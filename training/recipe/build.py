"""From the source files to the record files."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from training.recipe.category import RARE_CATEGORIES
from training.recipe.duplicates import first_of_each
from training.recipe.readings import Reading
from training.recipe.records import Draft, drafts
from training.recipe.reports import Report, read_reports
from training.recipe.sample import sample_to_learn_from, sample_to_measure_by
from training.recipe.scrub import scrub
from training.recipe.sides import is_held_out
from training.recipe.words import words
from training.recipe.writing import Row, write_gzip, write_lines, write_sources

MAX_TEXT_CHARS = 30_000

_ENGLISH = frozenset(
    words("the is to a in not on and of it when i for this with that be as if from")
)
_PHONE_SPAM = re.compile(r"\[phone\]|customer (?:service|support) number", re.IGNORECASE)


def build(source: Path, output: Path, sample: int, readings: Sequence[Reading] = ()) -> None:
    """Read the sources in `source` and write every record file to `output`.

    With `sample`, also the files of `data/`: so many records to learn from, and beside those of
    the held-out `readings` a fifth as many to measure by.
    """
    kept = prepare(read_reports(source))
    rows: dict[bool, list[Row]] = {False: [], True: []}
    for report in kept:
        side = is_held_out(report)
        made = (draft for draft in drafts(report, held_out=side) if is_certain(draft))
        rows[side].extend((report, draft) for draft in made)
    train, held_out = rows[False], rows[True]
    output.mkdir(parents=True, exist_ok=True)
    write_gzip(output / "train.jsonl.gz", train)
    write_gzip(output / "held_out.jsonl.gz", held_out)
    write_gzip(output / "held_out_gold.jsonl.gz", [row for row in held_out if row[1].gold])
    write_sources(output / "sources.csv", [*train, *held_out])
    if sample:
        write_lines(output / "sample" / "train.jsonl", sample_to_learn_from(train, sample))
        write_lines(
            output / "sample" / "held_out.jsonl",
            sample_to_measure_by(held_out, readings, sample // 5),
        )


def is_certain(draft: Draft) -> bool:
    """Whether a record's actual behaviour can be taught; rarer kinds of bugs need less."""
    return draft.certainty >= (0.39 if draft.category in RARE_CATEGORIES else 0.54)


def prepare(reports: Sequence[Report]) -> list[Report]:
    """The scrubbed reports that can be used, of those that repeat each other the first."""
    usable = [clean for report in reports if is_usable(clean := scrubbed(report))]
    owners = first_of_each([f"{report.title} {report.text}" for report in usable])
    return [report for position, report in enumerate(usable) if owners[position] == position]


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
