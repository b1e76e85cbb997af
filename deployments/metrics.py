"""The figures of `summarizer.metrics` for Prometheus, kept in this process."""

from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from summarizer.metrics import FIGURES, Figure, Kind

PREFIX = "bug_summarizer_"


class PrometheusMetrics:
    """Renders the figures as the text that Prometheus reads. Satisfies `Metrics`."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._metrics: dict[str, Any] = {
            name: self._made(name, figure) for name, figure in FIGURES.items()
        }

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""
        metric = self._metrics[name]
        (metric.labels(**labels) if labels else metric).inc(amount)

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        self._metrics[name].set(value)

    def observe(self, name: str, value: float) -> None:
        """Add a value to a histogram."""
        self._metrics[name].observe(value)

    def render(self) -> bytes:
        """All figures as they are now."""
        return prometheus_client.generate_latest(self._registry)

    def _made(self, name: str, figure: Figure) -> Any:
        described = (PREFIX + name, figure.meaning, figure.labels)
        if figure.kind is Kind.COUNTER:
            return prometheus_client.Counter(*described, registry=self._registry)
        if figure.kind is Kind.GAUGE:
            return prometheus_client.Gauge(*described, registry=self._registry)
        return prometheus_client.Histogram(
            *described, buckets=figure.buckets, registry=self._registry
        )
