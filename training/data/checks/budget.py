"""Reports that are longer than what the model reads of one."""

from collections.abc import Callable, Sequence

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from summarizer.environment import format_environment
from summarizer.source import MAX_OTHER_TOKENS
from training.data.checks.finding import At, Finding, FindingKind, Places
from training.data.checks.histogram import Distribution, Histogram

CountTokens = Callable[[Sequence[str]], list[int]]
"""The number of tokens of each text, without special tokens."""

BATCH_TEXTS = 256
_CHARS_PER_TOKEN = 6
"""More than ordinary text has; bounds what is tokenized at all."""
_BINS_PER_BUDGET = 16
_BUDGETS_SHOWN = 3


class TokenBudget:
    """Counts the tokens of reports, before any of them is cut.

    Texts are counted in batches, so `finish` belongs between the last `add` and the results. Of a
    report with more than six characters for each token of the budget, only so many are counted,
    and the rest is taken to be like them.
    """

    def __init__(self, files: Sequence[str], count_tokens: CountTokens, max_tokens: int) -> None:
        width = max(1, max_tokens // _BINS_PER_BUDGET)
        self._histogram = Histogram(range(0, _BUDGETS_SHOWN * max_tokens + width, width))
        self._places = Places(files)
        self._count_tokens = count_tokens
        self._max_tokens = max_tokens
        self._longest_chars = max_tokens * _CHARS_PER_TOKEN
        self._waiting: list[tuple[str, int, At]] = []

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        text = _text(record.input)
        self._waiting.append((text[: self._longest_chars], len(text), at))
        if len(self._waiting) >= BATCH_TEXTS:
            self.finish()

    def finish(self) -> None:
        """Count what waits for a batch to be full."""
        if not self._waiting:
            return
        counts = self._count_tokens([text for text, _, _ in self._waiting])
        for (text, length, at), counted in zip(self._waiting, counts, strict=True):
            count = round(counted * length / len(text))
            self._histogram.add(count)
            if count > self._max_tokens:
                about = "about " if length > len(text) else ""
                self._places.add(at, "input", f"{about}{count} tokens")
        self._waiting = []

    def distribution(self) -> Distribution:
        """How long the reports are, in tokens."""
        return self._histogram.distribution()

    def findings(self) -> list[Finding]:
        """The warnings."""
        return self._places.finding(
            FindingKind.OVER_THE_BUDGET,
            f"The report has more than {self._max_tokens} tokens, so the model reads a part of it",
            "Raise --max-source-tokens, or shorten what the report attaches: of logs, frames and "
            f"code {MAX_OTHER_TOKENS} tokens are read at most",
        )


def _text(report: ReportInput) -> str:
    parts = (format_environment(report.env), report.description, report.stacktrace_text)
    return "\n".join(part for part in parts if part)
