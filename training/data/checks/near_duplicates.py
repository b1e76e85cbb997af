"""Reports to train on that say nearly what a held-out report says.

They would make the figures better than the model is: it would be asked for what it has seen.
"""

from collections.abc import Sequence
from typing import NamedTuple

from training.data.checks.finding import At, Finding, FindingKind, Places
from training.data.checks.run_index import RunIndex
from training.data.checks.sketch import Runs

NEAR = 0.8
"""Share of common word runs from which two reports are nearly the same."""


class Twin(NamedTuple):
    """A held-out report, and the similarity to it, at least `NEAR`."""

    at: At
    similarity: float


class NearDuplicates:
    """Finds reports that are nearly one of those added.

    What is kept of a report that is added is at most 19 KB, so not too many should be. All belong
    before the first question: each report that is added later has the index built anew.
    """

    def __init__(self) -> None:
        self._places: list[At] = []
        self._runs: list[Runs] = []
        self._index: RunIndex | None = None

    def add(self, runs: Runs, at: At) -> None:
        """Add a report that is held out."""
        self._places.append(at)
        self._runs.append(runs)
        self._index = None

    def twin(self, runs: Runs) -> Twin | None:
        """An added report that is nearly this one, mostly the nearest; None where there is none."""
        if not self._runs:
            return None
        if self._index is None:
            self._index = RunIndex(self._runs, NEAR)
        found = self._index.like(runs)
        return None if found is None else Twin(self._places[found[0]], found[1])


class NearDuplicatePlaces:
    """The pairs that were found, for people."""

    def __init__(self, files: Sequence[str], *, kept: bool) -> None:
        self._places = Places(files)
        self._files = files
        self._kept = kept

    def add(self, at: At, twin: Twin) -> None:
        """Take note of a pair."""
        name = self._files[twin.at.file]
        note = f"{twin.similarity:.0%} the same as {name} line {twin.at.line}"
        self._places.add(at, "input", note)

    def findings(self) -> list[Finding]:
        """The warning."""
        return self._places.finding(
            FindingKind.NEAR_DUPLICATE,
            "The report says nearly what a held-out report says, "
            + ("and is trained on" if self._kept else "and is not trained on"),
            "Leave out --keep-near-duplicates; the figures will be too good"
            if self._kept
            else "Nothing need be done; --keep-near-duplicates trains on such reports",
        )
