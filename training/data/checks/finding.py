"""What a check finds: a warning with the places it is about, and how to mend them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from schemas.base import Schema

SHOWN_PLACES = 10


class FindingKind(StrEnum):
    """What a warning is about."""

    DUPLICATE = "duplicate"
    CONTRADICTION = "contradiction"
    HELD_OUT_AS_WELL = "held out as well"
    NEAR_DUPLICATE = "near-duplicate"
    OTHER_WORDS = "not stated in other words"
    ONLY_A_CATEGORY = "only a category"
    TEMPLATE_HEADING = "template heading"
    OVER_THE_BUDGET = "over the token budget"
    CATEGORY_SPELLING = "category spelling"
    TOO_MANY_CATEGORIES = "too many categories"
    OTHER_LANGUAGE = "other language"


class At(NamedTuple):
    """Where a record stands: the number of its file, and of its line from 1."""

    file: int
    line: int


class Place(Schema):
    """A place in the data; `path` is a JSON path, and `note` tells it from other places."""

    file: str
    line: int
    path: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.path}" + (f" ({self.note})" * bool(self.note))


class Finding(Schema):
    """A warning: `count` records have it, the first of which are at `places`."""

    kind: FindingKind
    what: str
    fix: str
    count: int
    places: list[Place]


class Places:
    """Counts the places of a finding and keeps the first ones."""

    def __init__(self, files: Sequence[str]) -> None:
        self.count = 0
        self.first: list[Place] = []
        self._files = files

    def add(self, at: At, path: str, note: str = "") -> None:
        """Take note of a place."""
        self.count += 1
        if len(self.first) < SHOWN_PLACES:
            place = Place(file=self._files[at.file], line=at.line, path=path, note=note)
            self.first.append(place)

    def finding(self, kind: FindingKind, what: str, fix: str) -> list[Finding]:
        """The finding, if there is any place."""
        if not self.count:
            return []
        return [Finding(kind=kind, what=what, fix=fix, count=self.count, places=self.first)]


def joined(findings: Iterable[list[Finding]]) -> list[Finding]:
    """The findings of several checks as one list."""
    return [one for some in findings for one in some]
