"""Reports to train on that say nearly what a held-out report says.

They would make the figures better than the model is: it would be asked for what it has seen.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from training.data.checks.finding import At, Finding, FindingKind, Places
from training.data.checks.sketch import Runs, bands, jaccard

NEAR = 0.8
"""Share of common word runs from which two reports are nearly the same."""

_MOST_CANDIDATES = 20
_MOST_IN_A_BAND = 100


class Twin(NamedTuple):
    """The most similar held-out report, and the similarity, at least `NEAR`."""

    at: At
    similarity: float


class NearDuplicates:
    """Finds reports that are nearly one of those added.

    What is kept of a report that is added is at most 4 KB, so not too many should be.
    """

    def __init__(self) -> None:
        self._added: list[tuple[At, Runs]] = []
        self._by_band: dict[int, list[int]] = defaultdict(list)

    def add(self, runs: Runs, at: At) -> None:
        """Add a report that is held out."""
        for band in bands(runs):
            members = self._by_band[band]
            if len(members) < _MOST_IN_A_BAND:
                members.append(len(self._added))
        self._added.append((at, runs))

    def twin(self, runs: Runs) -> Twin | None:
        """The added report that is nearly this one; None where there is none."""
        shared = Counter(
            member for band in bands(runs) for member in self._by_band.get(band, ())
        ).most_common(_MOST_CANDIDATES)
        twins = [Twin(self._added[at][0], jaccard(runs, self._added[at][1])) for at, _ in shared]
        best = max(twins, key=lambda twin: twin.similarity, default=None)
        return best if best is not None and best.similarity >= NEAR else None


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
