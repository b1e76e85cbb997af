"""All checks that look at one record after another."""

from collections.abc import Sequence
from typing import Protocol

from schemas.record import TrainingRecord
from training.data.checks.annotations import Annotations
from training.data.checks.budget import CountTokens, TokenBudget
from training.data.checks.categories import Categories
from training.data.checks.finding import At, Finding, joined
from training.data.checks.headings import TemplateHeadings
from training.data.checks.languages import Languages


class Check(Protocol):
    """Looks at records and keeps what it needs for its warnings, never their texts."""

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        ...

    def findings(self) -> list[Finding]:
        """The warnings."""
        ...


class Checks:
    """The checks of the records of some files; without `count_tokens`, no token is counted."""

    def __init__(
        self, files: Sequence[str], count_tokens: CountTokens | None, max_tokens: int
    ) -> None:
        self.annotations = Annotations(files)
        self.headings = TemplateHeadings(files)
        self.categories = Categories(files)
        self.languages = Languages(files)
        self.budget = TokenBudget(files, count_tokens, max_tokens) if count_tokens else None
        self._all: list[Check] = [
            self.categories,
            self.headings,
            self.annotations,
            self.languages,
        ]
        if self.budget is not None:
            self._all.append(self.budget)

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        for check in self._all:
            check.add(record, at)

    def findings(self) -> list[Finding]:
        """The warnings of all checks, after the last record."""
        if self.budget is not None:
            self.budget.finish()
        return joined(check.findings() for check in self._all)
