"""The part of the records that is small enough to stand in the repository."""

from collections.abc import Sequence

from training.recipe.words import share
from training.recipe.writing import Row

SHIPPED_LICENCES = frozenset({"MIT", "Apache-2.0", "CC-BY-4.0"})
MAX_SHIPPED_CHARS = 2_200
GOLD_SHARE = 0.75
RARE_SHARE = 0.15
_RARE = frozenset({"security", "hang", "performance", "documentation"})


def sample_of(rows: Sequence[Row], count: int) -> list[Row]:
    """`count` short records in the order of `rows`, fewer where there are not as many.

    Up to three quarters are records to measure by (`Draft.gold`); of the rest rare categories come
    first.
    """
    shippable = [row for row in rows if _ships(row)]
    drawn = sorted(shippable, key=lambda row: share("sample", row[1].record_id))
    gold = [row for row in drawn if row[1].gold][: round(GOLD_SHARE * count)]
    others = [row for row in drawn if not row[1].gold]
    rare = [row for row in others if row[1].category in _RARE][: round(RARE_SHARE * count)]
    taken = {row[1].record_id for row in [*gold, *rare]}
    rest = [row for row in others if row[1].record_id not in taken][: count - len(taken)]
    taken |= {row[1].record_id for row in rest}
    return [row for row in shippable if row[1].record_id in taken]


def _ships(row: Row) -> bool:
    report, draft = row
    length = len(draft.description) + len(draft.stacktrace)
    return report.licence in SHIPPED_LICENCES and length <= MAX_SHIPPED_CHARS
