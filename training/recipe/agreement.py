"""How far the readings agree with each other, and with the rules that name categories.

`python -m training.recipe.agreement --source FOLDER --readings data/readings.jsonl.gz --again
data/second_readings.jsonl.gz` prints both; FOLDER holds the gzipped source files.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from training.evaluation.tables import number, table
from training.recipe.category import categorize
from training.recipe.outline import PartKind, outline
from training.recipe.readings import Reading, read_readings
from training.recipe.reports import Report, read_reports
from training.recipe.sentences import headed

LISTS = ("actual", "expected", "steps", "environment", "solution")
Pair = tuple[Reading, Reading]


def category_by_rules(report: Report) -> str:
    """The category that the recipe's rules give a report."""
    found = headed(outline(report.text), PartKind.ACTUAL, PartKind.PROBLEM)
    return categorize(report.title, found[1] if found else "", report.labels, report.text)


def sentence_f1(pairs: Sequence[Pair], name: str) -> float:
    """The F1 of one reading's sentences against the other's, over all reports."""
    both = sum(len(set(getattr(a, name)) & set(getattr(b, name))) for a, b in pairs)
    all_of_them = sum(len(set(getattr(one, name))) for pair in pairs for one in pair)
    return 2 * both / all_of_them if all_of_them else 0.0


def share(pairs: Sequence[Pair], agree: Callable[[Reading, Reading], bool]) -> float:
    """The share of reports of which both readings say the same."""
    return sum(agree(a, b) for a, b in pairs) / len(pairs)


def most_telling_agrees(one: Reading, other: Reading) -> bool:
    """Whether the most telling sentence of one is an actual behaviour to the other, too."""
    if one.best_actual is None or not other.actual:
        return one.best_actual is None and not other.actual
    return one.best_actual in other.actual


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(
        prog="python -m training.recipe.agreement", description=__doc__
    )
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True)
    parser.add_argument("--again", type=Path, required=True)
    given = parser.parse_args()
    first = {one.id: one for one in read_readings(given.readings)}
    pairs = [(first[one.id], one) for one in read_readings(given.again)]
    rows = [
        *((f"sentences: {name}, F1", number(sentence_f1(pairs, name))) for name in LISTS),
        ("most telling sentence", number(share(pairs, most_telling_agrees))),
        ("whether an expectation is stated", number(share(pairs, _expects_alike))),
        ("category", number(share(pairs, lambda a, b: a.category == b.category))),
    ]
    print(table((f"two readings of {len(pairs)} reports", "agree"), rows, text_columns=1))

    reports = {report.key: report for report in read_reports(given.source)}
    held_out = [one for one in first.values() if one.side != "train" and one.id in reports]
    said = {one.id: category_by_rules(reports[one.id]) for one in held_out}
    right = Counter(one.category for one in held_out if said[one.id] == one.category)
    by_rules = Counter(said.values())
    read = Counter(one.category for one in held_out)
    print(f"\nCategory rules and readings agree on {right.total()} of {len(held_out)} reports.\n")
    per_category = [
        (name, str(read[name]), str(by_rules[name]), str(right[name])) for name in sorted(read)
    ]
    print(table(("category", "read", "by rules", "both"), per_category, text_columns=1))


def _expects_alike(one: Reading, other: Reading) -> bool:
    return bool(one.expected) == bool(other.expected)


if __name__ == "__main__":
    main()
