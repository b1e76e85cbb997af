"""The figures as they are exported: every one that the code names, by both exporters."""

from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from ray.serve import metrics as serve_metrics

from deployments.local import PROBE, create_local_app
from deployments.metrics import PREFIX, PrometheusMetrics
from deployments.ray_metrics import RayMetrics
from deployments.resources import place
from deployments.settings import Settings
from deployments.summarizer import Summarizer
from summarizer.metrics import FIGURES, Kind, Metrics, Name


def samples(text: str) -> dict[str, float]:
    """Every sample, by its name without the prefix and with its labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            name = sample.name.removeprefix(PREFIX)
            found[f"{name}{{{labels}}}" if labels else name] = sample.value
    return found


def tell_all(metrics: Metrics) -> None:
    for name, figure in FIGURES.items():
        labels = dict.fromkeys(figure.labels, "some")
        if figure.kind is Kind.COUNTER:
            metrics.count(name, 2, **labels)
        elif figure.kind is Kind.GAUGE:
            metrics.gauge(name, 2)
        else:
            metrics.observe(name, 0.25)


def test_prometheus_reads_every_figure() -> None:
    metrics = PrometheusMetrics()
    tell_all(metrics)
    found = samples(metrics.render().decode())
    for name, figure in FIGURES.items():
        labels = ",".join(f"{label}=some" for label in figure.labels)
        if figure.kind is Kind.HISTOGRAM:
            assert (found[f"{name}_sum"], found[f"{name}_count"]) == (0.25, 1)
        else:
            assert found[f"{name}{{{labels}}}" if labels else name] == 2


def test_two_of_them_do_not_mix() -> None:
    one, other = PrometheusMetrics(), PrometheusMetrics()
    one.count(Name.CACHE_HITS)
    assert samples(other.render().decode())["cache_hits_total"] == 0


class FakeMetric:
    """Keeps what a metric of Ray would be told."""

    def __init__(self, name: str, description: str, *rest: Any) -> None:
        self.made_with = (name, description, *rest)
        self.told: list[tuple[Any, ...]] = []

    def inc(self, value: float, tags: dict[str, str]) -> None:
        assert value > 0
        self.told.append((value, tags))

    def set(self, value: float) -> None:
        self.told.append((value,))

    def observe(self, value: float) -> None:
        self.told.append((value,))


@pytest.fixture
def fake_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("Counter", "Gauge", "Histogram"):
        monkeypatch.setattr(serve_metrics, kind, FakeMetric)


@pytest.mark.usefixtures("fake_ray")
def test_ray_is_told_every_figure() -> None:
    metrics = RayMetrics()
    tell_all(metrics)
    for name, figure in FIGURES.items():
        metric = metrics._metrics[name]
        assert metric.made_with[0] == f"{PREFIX}{name}"
        assert metric.made_with[-1] == figure.labels
        if figure.kind is Kind.HISTOGRAM:
            assert metric.made_with[2] == list(figure.buckets)
        assert len(metric.told) == 1


@pytest.mark.usefixtures("fake_ray")
def test_a_gauge_that_stays_is_set_once() -> None:
    metrics = RayMetrics()
    for value in (3, 3, 0, 0, 3):
        metrics.gauge(Name.LIVE_ROWS, value)
    assert metrics._metrics[Name.LIVE_ROWS].told == [(3,), (0,), (3,)]


@pytest.mark.usefixtures("fake_ray")
async def test_a_health_check_keeps_the_gauges_alive() -> None:
    settings = Settings(engine="mock")
    summarizer = Summarizer(settings, place(settings, []))
    await summarizer.summarize(PROBE, "r", 60)
    gauges = [
        metric
        for name, metric in summarizer._metrics._metrics.items()
        if FIGURES[Name(name)].kind is Kind.GAUGE
    ]
    before = [metric.told[-1] for metric in gauges]
    for metric in gauges:
        metric.told.clear()
    await summarizer.check_health()
    assert [metric.told for metric in gauges] == [[value] for value in before]
    await summarizer._local.close()


@pytest.mark.usefixtures("fake_ray")
def test_nothing_is_not_added() -> None:
    metrics = RayMetrics()
    metrics.count(Name.ADMITTED_TOKENS, 0)
    assert metrics._metrics[Name.ADMITTED_TOKENS].told == []


async def test_one_process_shows_its_figures() -> None:
    app = create_local_app(Settings(engine="mock"))
    report = {"id": "r", "input": {"description": "it broke"}}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http,
    ):
        for _ in range(3):
            assert (await http.post("/inference", json=report)).status_code == 200
        response = await http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(response.text)
    assert found["reports_total{outcome=answered}"] == 1
    assert found["cache_hits_total"] == 2
    assert found["cache_misses_total"] == 1
    assert found["admitted_tokens_total"] == 2
    assert found["queue_seconds_count"] == 1
    assert found["queue_depth"] == 0
