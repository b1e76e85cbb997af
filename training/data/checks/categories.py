"""Categories, and spellings of them that are probably one and the same."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from training.data.checks.finding import At, Finding, FindingKind, Places, joined

MAX_CATEGORIES = 1000
"""Beyond these a category is no category but a text, and no further spelling is compared."""

_PATH = "output.bugCategory"
_SHORTEST = 3
"""Letters from which one more or less is taken for a slip: `ui` and `gui` are two categories."""
_SHORTEST_CHANGED = 4
"""Letters from which a changed letter, or one before the first, is as well: `ios` and `iot` are two
categories, and so are `css` and `scss`."""
_SEPARATORS = re.compile(r"[\W_]+")


class Categories:
    """Counts categories; warns of those that differ in case, separators or one letter."""

    def __init__(self, files: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._places: dict[str, Places] = {}
        self._files = files

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        category = record.output.bug_category
        if category != NOT_STATED:
            self.counts[category] += 1
            if category in self._places or len(self._places) < MAX_CATEGORIES:
                places = self._places.setdefault(category, Places(self._files))
                places.add(at, _PATH, category)

    def findings(self) -> list[Finding]:
        """A warning for each rare spelling, with the commonest one that it may be meant for."""
        meant: dict[str, str] = {}
        for pair in same_but_for_spelling(sorted(self._places)):
            common, rare = sorted(pair, key=self._rank)
            meant[rare] = min(common, meant.get(rare, common), key=self._rank)
        spellings = [self._spelling(rare, common) for rare, common in sorted(meant.items())]
        return joined([*spellings, self._too_many()])

    def _rank(self, category: str) -> tuple[int, str]:
        return -self.counts[category], category

    def _spelling(self, rare: str, common: str) -> list[Finding]:
        count = self.counts[common]
        return self._places[rare].finding(
            FindingKind.CATEGORY_SPELLING,
            f"“{rare}” is probably “{common}”, which has {count} record{'s' * (count != 1)}",
            f"Write “{common}”, if it is the same category",
        )

    def _too_many(self) -> list[Finding]:
        if len(self.counts) <= MAX_CATEGORIES:
            return []
        rare = max(self._places, key=self._rank)
        return [
            Finding(
                kind=FindingKind.TOO_MANY_CATEGORIES,
                what=f"There are {len(self.counts)} categories, so most are hardly ever learned",
                fix="Give one of a few names, and put texts into the other fields",
                count=len(self.counts),
                places=self._places[rare].first[:1],
            )
        ]


def same_but_for_spelling(names: list[str]) -> list[tuple[str, str]]:
    """The pairs of names that differ in case, separators or one letter.

    One letter is one that is wrong, missing or too many, or a pair that is swapped; in names of
    three letters, one that is missing or too many behind the first. Shorter ones differ.
    """
    folded = {name: _folded(name) for name in names}
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


def _folded(name: str) -> str:
    """The name without case and separators; of a name of symbols alone, these."""
    return _SEPARATORS.sub("", name).casefold() or name


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
    short, long = sorted((left, right), key=len)
    if len(short) < _SHORTEST:
        return False
    if len(short) < _SHORTEST_CHANGED and (len(short) == len(long) or short[0] != long[0]):
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    return short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
