"""What the engine's loop tells of itself while it runs, and the table of these figures."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1.0)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STEP_SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.5)


class Kind(StrEnum):
    """How a figure behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Name(StrEnum):
    """The figures, without the prefix that a deployment gives them."""

    QUEUE_DEPTH = "queue_depth"
    LIVE_REPORTS = "live_reports"
    LIVE_ROWS = "live_rows"
    BATCH_OCCUPANCY = "batch_occupancy"
    REPORTS = "reports_total"
    REJECTIONS = "rejections_total"
    CANCELLATIONS = "cancellations_total"
    FAILURES = "failures_total"
    ADMITTED_TOKENS = "admitted_tokens_total"
    DECODE_STEPS = "decode_steps_total"
    PADDING_SHARE = "padding_share"
    QUEUE_SECONDS = "queue_seconds"
    ENCODE_SECONDS = "encode_seconds"
    DECODE_STEP_SECONDS = "decode_step_seconds"
    CACHE_HITS = "cache_hits_total"
    CACHE_MISSES = "cache_misses_total"
    CACHE_JOINED = "cache_joined_total"


@dataclass(frozen=True, slots=True)
class Figure:
    """What stands behind a name. `labels` and `buckets` are empty where there are none."""

    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


FIGURES = {
    Name.QUEUE_DEPTH: Figure(
        Kind.GAUGE, "reports", "Reports that have a place in the queue and do not run yet."
    ),
    Name.LIVE_REPORTS: Figure(Kind.GAUGE, "reports", "Reports that the model works on."),
    Name.LIVE_ROWS: Figure(Kind.GAUGE, "rows", "Rows that a decoder step computes."),
    Name.BATCH_OCCUPANCY: Figure(
        Kind.GAUGE, "share", "Live reports as a share of those that may run at once."
    ),
    Name.REPORTS: Figure(
        Kind.COUNTER,
        "reports",
        "Reports that had a place, by outcome: answered, invalid, failed, timeout, closing, "
        "unhealthy or cancelled.",
        labels=("outcome",),
    ),
    Name.REJECTIONS: Figure(
        Kind.COUNTER,
        "reports",
        "Reports that were turned away before the model worked on them, by reason: queue_full, "
        "timeout, closing or unhealthy.",
        labels=("reason",),
    ),
    Name.CANCELLATIONS: Figure(
        Kind.COUNTER, "reports", "Reports that were given up by whoever had sent them."
    ),
    Name.FAILURES: Figure(
        Kind.COUNTER,
        "runs",
        "Preparations and runs of the model that raised, by stage: prepare, encode or decode.",
        labels=("stage",),
    ),
    Name.ADMITTED_TOKENS: Figure(
        Kind.COUNTER, "tokens", "Tokens that the model has read, without padding."
    ),
    Name.DECODE_STEPS: Figure(Kind.COUNTER, "steps", "Decoder steps."),
    Name.PADDING_SHARE: Figure(
        Kind.HISTOGRAM,
        "share",
        "Padding as a share of an admission's padded tokens.",
        buckets=_SHARES,
    ),
    Name.QUEUE_SECONDS: Figure(
        Kind.HISTOGRAM,
        "seconds",
        "From taking a place to being admitted, preparing included.",
        buckets=_SECONDS,
    ),
    Name.ENCODE_SECONDS: Figure(
        Kind.HISTOGRAM, "seconds", "The time of an admission in the model.", buckets=_SECONDS
    ),
    Name.DECODE_STEP_SECONDS: Figure(
        Kind.HISTOGRAM, "seconds", "The time of a decoder step.", buckets=_STEP_SECONDS
    ),
    Name.CACHE_HITS: Figure(Kind.COUNTER, "reports", "Reports that were answered from the cache."),
    Name.CACHE_MISSES: Figure(Kind.COUNTER, "reports", "Reports that the cache did not hold."),
    Name.CACHE_JOINED: Figure(
        Kind.COUNTER, "reports", "Reports that waited for the answer of an identical one."
    ),
}


class Metrics(Protocol):
    """Where the figures go. Its methods are called on any thread, and do not raise."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        ...

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        ...

    def observe(self, name: str, value: float) -> None:
        """Add a value to a histogram."""
        ...


class NoMetrics:
    """Satisfies `Metrics` where nobody looks."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Do nothing."""

    def gauge(self, name: str, value: float) -> None:
        """Do nothing."""

    def observe(self, name: str, value: float) -> None:
        """Do nothing."""


NO_METRICS = NoMetrics()
