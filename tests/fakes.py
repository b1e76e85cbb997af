"""Engines that do what a test tells them, behind the real interface."""

import re
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import InvalidReport
from schemas.manifest import ModelKind, ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.engine import FieldPrediction, OneShotEngine, Prediction, Progress

REFUSED = "refused by prepare"
BREAKS_PREPARE = "breaks prepare"
BREAKS_PREDICT = "breaks predict"
BREAKS_STEP = "breaks a step"
TIMEOUT_S = 20.0

MANIFEST = ModelManifest(
    kind=ModelKind.EXTRACTIVE, name="fake", version="1", base_model="none", categories=["bug"]
)
DECODED_FIELDS = (
    FieldName.ACTUAL_BEHAVIOR,
    FieldName.EXPECTED_BEHAVIOR,
    FieldName.SUGGESTED_SOLUTION,
)
_STEPS = re.compile(r"\bsteps=(\d+)")


@dataclass(frozen=True, slots=True)
class FakeReport:
    """The text itself."""

    text: str

    @property
    def token_count(self) -> int:
        """One token per word."""
        return len(self.text.split())

    @property
    def steps(self) -> int:
        """How many decoder steps its last field takes: 3, or what `steps=N` in the text says."""
        found = _STEPS.search(self.text)
        return int(found[1]) if found else 3


def prepare(report: ReportInput) -> FakeReport:
    """Take the description, or raise what it asks for."""
    text = report.description or ""
    if REFUSED in text:
        raise InvalidReport("The report holds no word.")
    if BREAKS_PREPARE in text:
        raise ValueError(f"cannot tokenize {text!r}")
    return FakeReport(text)


class FakeEngine(OneShotEngine[FakeReport]):
    """Repeats the description as the actual behavior, and keeps every batch that it ran.

    While the gate is closed, `predict` waits in it. A report that holds one of the phrases above
    makes it raise, with the report's text in the exception's message as libraries do.
    """

    manifest = MANIFEST

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.running = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.prepared_on: set[str] = set()
        self.predicted_on: set[str] = set()

    def prepare(self, report: ReportInput) -> FakeReport:
        """Take the description."""
        self.prepared_on.add(threading.current_thread().name)
        return prepare(report)

    def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
        """Wait for the gate, then answer."""
        self.predicted_on.add(threading.current_thread().name)
        texts = [report.text for report in batch]
        self.batches.append(texts)
        self.running.set()
        assert self.gate.wait(TIMEOUT_S)
        self.running.clear()
        for text in texts:
            if BREAKS_PREDICT in text:
                raise RuntimeError(f"bad tensor for {text!r}")
        return [
            {FieldName.ACTUAL_BEHAVIOR: FieldPrediction(text, 0.9, Origin.GENERATED)}
            for text in texts
        ]


class FakeDecodingEngine:
    """Finishes the three decoded fields of a report after one, half of and all its steps.

    Each field's text is the report's, so that an answer that went to another report shows. While
    it is held, every step waits for `allow`. Keeps who ran in which admission and step.
    """

    manifest = MANIFEST

    def __init__(self) -> None:
        self.admissions: list[list[str]] = []
        self.steps: list[list[str]] = []
        self.dropped: list[str] = []
        self.at_step = threading.Event()
        self._live: dict[int, tuple[FakeReport, int]] = {}
        self._free = threading.Event()
        self._free.set()
        self._permits = threading.Semaphore(0)

    def hold(self) -> None:
        """Let every step from now on wait."""
        self._free.clear()

    def allow(self, steps: int = 1) -> None:
        """Let so many of the steps happen that wait or will."""
        self.at_step.clear()
        self._permits.release(steps)

    def release(self) -> None:
        """Let every step happen."""
        self._free.set()
        self._permits.release()

    def prepare(self, report: ReportInput) -> FakeReport:
        """Take the description."""
        return prepare(report)

    def admit(self, reports: Mapping[int, FakeReport]) -> list[Progress]:
        """Begin with the reports, which takes no time."""
        self.admissions.append([report.text for report in reports.values()])
        for report in reports.values():
            if BREAKS_PREDICT in report.text:
                raise RuntimeError(f"bad tensor for {report.text!r}")
        assert self._live.keys().isdisjoint(reports)
        self._live.update((ticket, (report, 0)) for ticket, report in reports.items())
        return []

    def step(self) -> list[Progress]:
        """Go one step on with every report."""
        if not self._free.is_set():
            self.at_step.set()
            assert self._permits.acquire(timeout=TIMEOUT_S)
        texts = [report.text for report, _ in self._live.values()]
        self.steps.append(texts)
        if any(BREAKS_STEP in text for text in texts):
            raise RuntimeError(f"out of memory with {texts!r}")
        told = []
        for ticket, (report, steps) in list(self._live.items()):
            before, now = _finished_after(report, steps), _finished_after(report, steps + 1)
            self._live[ticket] = (report, steps + 1)
            done = len(now) == len(DECODED_FIELDS)
            if done:
                del self._live[ticket]
            if len(now) > len(before):
                answer = FieldPrediction(report.text, 0.9, Origin.GENERATED)
                fields = dict.fromkeys(now[len(before) :], answer)
                told.append(Progress(ticket, fields, done=done))
        return told

    def drop(self, tickets: Collection[int]) -> None:
        """Forget reports."""
        for ticket in tickets:
            if ticket in self._live:
                self.dropped.append(self._live.pop(ticket)[0].text)

    @property
    def most_at_once(self) -> int | None:
        """None: it does not slow down."""
        return None

    @property
    def live_rows(self) -> int:
        """A row for each field that is not finished."""
        return sum(
            len(DECODED_FIELDS) - len(_finished_after(report, steps))
            for report, steps in self._live.values()
        )


def _finished_after(report: FakeReport, steps: int) -> tuple[FieldName, ...]:
    needed = (1, (report.steps + 1) // 2, report.steps)
    return tuple(
        field for field, after in zip(DECODED_FIELDS, needed, strict=True) if 0 < after <= steps
    )


class RecordingMetrics:
    """Satisfies `Metrics` and keeps what it is told: sums by name and labels, values by name."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, list[float]] = {}
        self.observed: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add, under `name` or `name{label}`."""
        key = f"{name}{{{','.join(labels.values())}}}" if labels else name
        with self._lock:
            self.counts[str(key)] += int(amount)

    def gauge(self, name: str, value: float) -> None:
        """Append."""
        with self._lock:
            self.gauges.setdefault(str(name), []).append(value)

    def observe(self, name: str, value: float) -> None:
        """Append."""
        with self._lock:
            self.observed.setdefault(str(name), []).append(value)
