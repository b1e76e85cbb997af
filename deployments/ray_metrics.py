"""The figures of `summarizer.metrics`, exported by Ray."""

from typing import Any

from ray.serve import metrics

from deployments.metrics import PREFIX
from summarizer.metrics import FIGURES, Figure, Kind


class RayMetrics:
    """Hands the figures to Ray, each node of which exports those of its processes.

    Satisfies `Metrics`. Made inside a replica, so that every figure bears its application,
    deployment and replica. A call takes some microseconds, so a gauge that stays as it is is not
    set again by `gauge`; but Ray forgets one that was not set for some 20 s, so somebody has to
    call `repeat_gauges` more often than that.
    """

    def __init__(self) -> None:
        self._metrics: dict[str, Any] = {
            name: _made_for_ray(name, figure) for name, figure in FIGURES.items()
        }
        self._gauges: dict[str, float] = {}

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter. Ray refuses to add nothing."""
        if amount > 0:
            self._metrics[name].inc(amount, labels)

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        if self._gauges.get(name) != value:
            self._gauges[name] = value
            self._metrics[name].set(value)

    def repeat_gauges(self) -> None:
        """Set every gauge again to what it is."""
        for name, value in list(self._gauges.items()):
            self._metrics[name].set(value)

    def observe(self, name: str, value: float) -> None:
        """Add a value to a histogram."""
        self._metrics[name].observe(value)


def _made_for_ray(name: str, figure: Figure) -> Any:
    full_name = PREFIX + name
    # Ray's type is that of a tuple of one.
    labels: Any = figure.labels
    if figure.kind is Kind.COUNTER:
        return metrics.Counter(full_name, figure.meaning, labels)
    if figure.kind is Kind.GAUGE:
        return metrics.Gauge(full_name, figure.meaning, labels)
    return metrics.Histogram(full_name, figure.meaning, list(figure.buckets), labels)
