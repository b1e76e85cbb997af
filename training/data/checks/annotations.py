"""How much the annotations say: fields that are not stated, and the lengths of the others."""

import re
from collections import Counter
from collections.abc import Sequence

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from training.data.checks.finding import At, Finding, FindingKind, Places
from training.data.checks.histogram import Distribution, Histogram

WORD_EDGES = (0, 3, 6, 10, 15, 20, 30, 40, 60, 80, 120, 200, 400)

_NO_WORD = re.compile(r"[\W_]+")
_OTHER_WORDS = frozenset(
    [
        *("", "na", "nan", "nil", "none", "null", "tbd", "unknown", "unspecified"),
        *("notapplicable", "notavailable", "notgiven", "notknown", "notprovided"),
        *("notspecified", "notstated"),
    ]
)
"""Texts that say nothing, without case and separators."""


class Annotations:
    """Counts per field; warns of records and of fields that say nothing in other words."""

    def __init__(self, files: Sequence[str]) -> None:
        self.not_stated: Counter[FieldName] = Counter()
        self._words = {field: Histogram(WORD_EDGES) for field in FieldName}
        self._only_a_category = Places(files)
        self._other_words = Places(files)

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        stated = []
        for field, text in record.output.by_field().items():
            if text == NOT_STATED:
                self.not_stated[field] += 1
            else:
                stated.append(field)
                self._words[field].add(len(text.split()))
                if _NO_WORD.sub("", text[:40]).casefold() in _OTHER_WORDS:
                    self._other_words.add(at, f"output.{field}")
        if stated == [FieldName.BUG_CATEGORY]:
            self._only_a_category.add(at, "output")

    @property
    def words(self) -> dict[FieldName, Distribution]:
        """The numbers of words of the fields that are stated; of a category, of its name."""
        return {field: histogram.distribution() for field, histogram in self._words.items()}

    def findings(self) -> list[Finding]:
        """The warnings."""
        return [
            *self._only_a_category.finding(
                FindingKind.ONLY_A_CATEGORY,
                "The output states a category and nothing else",
                "State what the report says, or take the record out: it teaches to say nothing",
            ),
            *self._other_words.finding(
                FindingKind.OTHER_WORDS,
                f"The field says in other words that it is {NOT_STATED.lower()}",
                f'Leave it empty, or write "{NOT_STATED}"',
            ),
        ]
