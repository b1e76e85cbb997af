"""What the loop tells of itself: every figure of the table, with its labels."""

import asyncio

import pytest

from schemas.errors import InvalidReport, ModelFailed, NotReady, QueueFull
from schemas.report import ReportInput
from summarizer.loop import EngineLoop
from summarizer.metrics import FIGURES, Kind, Name
from summarizer.scheduler import Limits
from tests.asking import ask, ready
from tests.fakes import (
    BREAKS_PREDICT,
    BREAKS_PREPARE,
    BREAKS_STEP,
    REFUSED,
    FakeDecodingEngine,
    RecordingMetrics,
)
from tests.waiting import eventually

COUNTED_BY_THE_CACHE = {Name.CACHE_HITS, Name.CACHE_MISSES, Name.CACHE_JOINED}


async def a_day(metrics: RecordingMetrics) -> None:
    """Two reports run side by side; others fail, leave, are refused or come too late."""
    engine = FakeDecodingEngine()
    engine.hold()
    loop = EngineLoop(engine, Limits(max_batch_size=2, max_waiting=3), metrics)
    first = ask(loop, "first of four words steps=4")
    await eventually(engine.at_step.is_set)
    second, gone, bad = (ask(loop, text) for text in ("one two", "gone", BREAKS_PREDICT))
    await ready(loop, 3)
    with pytest.raises(QueueFull):
        await loop.summarize(ReportInput(description="one too many"))
    gone.cancel()
    await asyncio.wait([gone])
    engine.release()
    await asyncio.gather(first, second)
    with pytest.raises(ModelFailed):
        await bad
    for text, error in [
        (BREAKS_PREPARE, ModelFailed),
        (BREAKS_STEP, ModelFailed),
        (REFUSED, InvalidReport),
    ]:
        with pytest.raises(error):
            await loop.summarize(ReportInput(description=text))
    await loop.close()
    with pytest.raises(NotReady):
        await loop.summarize(ReportInput(description="too late"))


async def test_every_figure_is_told_as_the_table_says() -> None:
    metrics = RecordingMetrics()
    await a_day(metrics)
    assert metrics.counts == {
        "reports_total{answered}": 2,
        "reports_total{failed}": 3,
        "reports_total{invalid}": 1,
        "reports_total{cancelled}": 1,
        "cancellations_total": 1,
        "rejections_total{queue_full}": 1,
        "rejections_total{closing}": 1,
        "failures_total{prepare}": 1,
        "failures_total{encode}": 1,
        "failures_total{decode}": 1,
        "admitted_tokens_total": 5 + 2 + 3,
        "decode_steps_total": len(metrics.observed["decode_step_seconds"]),
    }
    assert {name: values[-1] for name, values in metrics.gauges.items()} == {
        "queue_depth": 0,
        "live_reports": 0,
        "live_rows": 0,
        "batch_occupancy": 0,
    }
    assert max(metrics.gauges["queue_depth"]) == 3
    assert max(metrics.gauges["batch_occupancy"]) == 1
    assert len(metrics.observed["encode_seconds"]) == 3
    assert len(metrics.observed["queue_seconds"]) == 4
    assert all(value >= 0 for values in metrics.observed.values() for value in values)


async def test_the_table_holds_what_is_told_and_nothing_else() -> None:
    metrics = RecordingMetrics()
    await a_day(metrics)
    told = {
        Kind.COUNTER: {name.partition("{")[0] for name in metrics.counts},
        Kind.GAUGE: set(metrics.gauges),
        Kind.HISTOGRAM: set(metrics.observed),
    }
    labelled = {name.partition("{")[0] for name in metrics.counts if "{" in name}
    assert FIGURES.keys() == set(Name)
    for kind, names in told.items():
        in_table = {name for name, figure in FIGURES.items() if figure.kind is kind}
        assert names == in_table - COUNTED_BY_THE_CACHE
    assert {name for name, figure in FIGURES.items() if figure.labels} == labelled


async def test_padding_is_the_share_of_an_admission() -> None:
    metrics = RecordingMetrics()
    engine = FakeDecodingEngine()
    engine.hold()
    loop = EngineLoop(engine, Limits(), metrics)
    first = ask(loop, "first")
    await eventually(engine.at_step.is_set)
    rest = [ask(loop, "w " * words) for words in (6, 8)]
    await ready(loop, 2)
    engine.release()
    await asyncio.gather(first, *rest)
    await loop.close()
    assert metrics.observed["padding_share"] == [0.0, 2 / 16]
