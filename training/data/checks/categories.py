"""Categories, and spellings of them that are probably one and the same."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from training.data.checks.finding import At, Finding, FindingKind, Place

MAX_CATEGORIES = 1000
"""Beyond these a category is no category but a text, and no further spelling is compared."""

_PATH = "output.bugCategory"
_SHORTEST = 4
"""Letters from which one more or less is taken for a slip: `ui` and `ux` are two categories."""
_SEPARATORS = re.compile(r"[\W_]+")


class Categories:
    """Counts categories; warns of those that differ in case, separators or one letter."""

    def __init__(self, files: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._first: dict[str, At] = {}
        self._files = files

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        category = record.output.bug_category
        if category != NOT_STATED:
            self.counts[category] += 1
            self._first.setdefault(category, at)

    def findings(self) -> list[Finding]:
        """A warning for each pair of spellings, about the rarer one."""
        names = sorted(self.counts)[:MAX_CATEGORIES]
        pairs = [self._spelling(*pair) for pair in same_but_for_spelling(names)]
        return pairs + self._too_many()

    def _spelling(self, left: str, right: str) -> Finding:
        common, rare = sorted((left, right), key=lambda name: (-self.counts[name], name))
        return Finding(
            kind=FindingKind.CATEGORY_SPELLING,
            what=f"“{rare}” is probably “{common}”, which has {self.counts[common]} records",
            fix=f"Write “{common}”, if it is the same category",
            count=self.counts[rare],
            places=[self._place(rare)],
        )

    def _too_many(self) -> list[Finding]:
        if len(self.counts) <= MAX_CATEGORIES:
            return []
        rare = min(self.counts, key=lambda name: (self.counts[name], name))
        return [
            Finding(
                kind=FindingKind.TOO_MANY_CATEGORIES,
                what=f"There are {len(self.counts)} categories, so most are hardly ever learned",
                fix="Give one of a few names, and put texts into the other fields",
                count=len(self.counts),
                places=[self._place(rare)],
            )
        ]

    def _place(self, category: str) -> Place:
        at = self._first[category]
        return Place(file=self._files[at.file], line=at.line, path=_PATH, note=category)


def same_but_for_spelling(names: list[str]) -> list[tuple[str, str]]:
    """The pairs of names that differ in case, separators or, from four letters on, one letter.

    One letter is one that is wrong, missing or too many, or a pair that is swapped.
    """
    folded = {name: _SEPARATORS.sub("", name).casefold() for name in names}
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for form in _forms(folded[name]):
            groups[form].append(name)
    pairs = {
        pair
        for group in groups.values()
        for pair in combinations(group, 2)
        if _is_one_slip(folded[pair[0]], folded[pair[1]])
    }
    return sorted(pairs)


def _forms(name: str) -> set[str]:
    """The name, and what is left of it without one of its letters.

    Names that are one slip apart have a form in common, so no other pair need be compared.
    """
    if len(name) < _SHORTEST:
        return {name}
    return {name} | {name[:at] + name[at + 1 :] for at in range(len(name))}


def _is_one_slip(left: str, right: str) -> bool:
    """Whether two names are equal, or at a Damerau-Levenshtein distance of 1."""
    if left == right:
        return True
    if min(len(left), len(right)) < _SHORTEST:
        return False
    short, long = sorted((left, right), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    return short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
