"""Which languages the reports are written in."""

from collections import Counter
from collections.abc import Sequence

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from schemas.record import TrainingRecord
from training.data.checks.finding import At, Finding, FindingKind, Places

UNKNOWN = "unknown"
_NO_LANGUAGE = frozenset({"und", "zxx"})
_READ_CHARS = 300
"""How much of a description is looked at: the time goes by the characters."""
_SHORTEST = 40
_SUREST = 0.9
_RARE_SHARE = 0.02
_FEW = 2
_FEW_SHARE = 0.1
"""So few reports are rare in small data as well, up to this share of it."""


def load_identifier() -> LanguageIdentifier:
    """The model that tells languages: 80 MB in memory, so whoever loads it lets it go."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True, min_confidence=_SUREST)


class Languages:
    """Counts languages by their ISO 639 codes; warns of reports in one that is rare in the data.

    A description of less than 40 characters, or one that may be of several languages, is of an
    unknown one.
    """

    def __init__(self, files: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._identifier = load_identifier()
        self._places: dict[str, Places] = {}
        self._files = files

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        language = self._language((record.input.description or "").strip()[:_READ_CHARS])
        self.counts[language] += 1
        if language != UNKNOWN:
            self._places.setdefault(language, Places(self._files)).add(at, "input.description")

    def _language(self, text: str) -> str:
        if len(text) < _SHORTEST:
            return UNKNOWN
        language, _ = self._identifier.classify(text)
        return UNKNOWN if language in _NO_LANGUAGE else str(language)

    def findings(self) -> list[Finding]:
        """The warnings, the commonest language first."""
        known = self.counts.total() - self.counts[UNKNOWN]
        return [
            finding
            for language, count in self.counts.most_common()
            if language != UNKNOWN and _is_rare(count, known)
            for finding in self._places[language].finding(
                FindingKind.OTHER_LANGUAGE,
                f"The report is in the language “{language}”, which is that of {count} of {known}",
                "Keep it if such reports will come, else take it out or translate it",
            )
        ]


def _is_rare(count: int, known: int) -> bool:
    few = count <= _FEW and count <= _FEW_SHARE * known
    return few or count < _RARE_SHARE * known
