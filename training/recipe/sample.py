"""The part of the records that is small enough to stand in the repository."""

from collections.abc import Callable, Sequence

from schemas.record import TrainingRecord
from training.recipe.category import RARE_CATEGORIES
from training.recipe.readings import Reading, record_of
from training.recipe.records import Draft
from training.recipe.words import share
from training.recipe.writing import Row

SHIPPED_LICENCES = frozenset({"MIT", "Apache-2.0", "CC-BY-4.0"})
MAX_SHIPPED_CHARS = 2_200
QUOTAS: tuple[tuple[float, Callable[[Draft], bool]], ...] = (
    (0.65, lambda draft: draft.gold),
    (0.15, lambda draft: draft.category in RARE_CATEGORIES),
    (0.05, lambda draft: bool(draft.stacktrace)),
    (0.05, lambda draft: bool(draft.solution)),
)
"""Shares of a sample that are filled first, with records that a plain draw has few of."""


def sample_to_learn_from(rows: Sequence[Row], count: int) -> list[TrainingRecord]:
    """`count` short records in the order of `rows`, fewer where there are not as many."""
    return [draft.to_record() for _, draft in _sample_of(rows, count)]


def sample_to_measure_by(
    rows: Sequence[Row], readings: Sequence[Reading], count: int
) -> list[TrainingRecord]:
    """The records of all held-out readings, then `count` short gold ones of other reports."""
    read = {one.id for one in readings}
    gold = [row for row in rows if row[1].gold and row[0].key not in read and _ships(row)]
    drawn = sorted(gold, key=lambda row: share("sample", row[1].record_id))[:count]
    return [
        *(record_of(one) for one in readings if one.side != "train"),
        *(draft.to_record() for _, draft in drawn),
    ]


def _sample_of(rows: Sequence[Row], count: int) -> list[Row]:
    shippable = [row for row in rows if _ships(row)]
    drawn = sorted(shippable, key=lambda row: share("sample", row[1].record_id))
    taken: dict[str, Row] = {}
    for quota, wanted in (*QUOTAS, (1.0, lambda draft: not draft.gold)):
        fitting = [row for row in drawn if wanted(row[1]) and row[1].record_id not in taken]
        room = min(round(quota * count), count - len(taken))
        taken.update({row[1].record_id: row for row in fitting[:room]})
    return [row for row in shippable if row[1].record_id in taken]


def _ships(row: Row) -> bool:
    report, draft = row
    length = len(draft.description) + len(draft.stacktrace)
    return report.licence in SHIPPED_LICENCES and length <= MAX_SHIPPED_CHARS
