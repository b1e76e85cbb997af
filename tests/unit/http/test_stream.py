"""Server-sent events over a real server: each field when it is finished, and who leaves is gone."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from deployments.cache import CacheStatus
from deployments.client import AnswerStream
from deployments.http import create_app
from deployments.local import LocalSummarizer
from deployments.settings import Settings
from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.metrics import NO_METRICS
from tests.fakes import BREAKS_PREDICT, BREAKS_STEP, REFUSED, FakeDecodingEngine
from tests.http_checks import events_of, problem_of, report
from tests.servers import running_app
from tests.waiting import eventually_blocking

SETTINGS = Settings(engine="mock", max_batch_size=2, max_waiting=1)
SECRET = "what the customer wrote"
LEAVES = "leaves steps=1000000"


class Summarizer(LocalSummarizer):
    """Raises what nobody expects after a field where the text says so."""

    async def stream(self, report: ReportInput, request_id: str, timeout_s: float) -> AnswerStream:
        async for item in super().stream(report, request_id, timeout_s):
            yield item
            if "surprise" in (report.description or ""):
                raise LookupError(SECRET)


@pytest.fixture
def engine() -> FakeDecodingEngine:
    return FakeDecodingEngine()


@contextmanager
def serving(engine: FakeDecodingEngine, settings: Settings = SETTINGS) -> Iterator[httpx.Client]:
    summarizer = Summarizer(lambda: engine, settings.limits)
    summarizer.start()
    with (
        running_app(create_app(summarizer, settings, NO_METRICS)) as url,
        httpx.Client(base_url=url, timeout=20) as client,
    ):
        try:
            yield client
        finally:
            engine.release()


@pytest.fixture
def client(engine: FakeDecodingEngine) -> Iterator[httpx.Client]:
    with serving(engine) as client:
        yield client


@contextmanager
def streaming(client: httpx.Client, text: str, **options: Any) -> Iterator[httpx.Response]:
    request = client.stream("POST", "/inference/stream", json=report(text, **options))
    with request as response:
        yield response


def next_event(chunks: Iterator[str]) -> tuple[str, dict[str, Any]]:
    """The next event, of which the server sends each in a piece of its own."""
    (event,) = events_of(next(chunks))
    return event


def test_each_field_comes_when_it_is_finished(
    client: httpx.Client, engine: FakeDecodingEngine
) -> None:
    engine.hold()
    with streaming(client, "it broke", env={"os": "Linux"}) as response:
        chunks = response.iter_text()
        assert next_event(chunks) == (
            "field",
            {"id": "r-1", "field": "environment", "text": "OS: Linux"},
        )
        for field in ("actualBehavior", "expectedBehavior"):
            engine.allow()
            _, data = next_event(chunks)
            assert data == {"id": "r-1", "field": field, "text": "it broke"}
        engine.allow()
        rest = events_of("".join(chunks))
    assert [name for name, _ in rest] == ["field", "field", "summary"]
    assert {data["field"] for _, data in rest[:2]} == {"bugCategory", "suggestedSolution"}


def test_the_summary_is_what_inference_answers(client: httpx.Client) -> None:
    for details in (False, True):
        options: dict[str, Any] = {"json": report("it broke"), "params": {"details": details}}
        stream = client.post("/inference/stream", **options)
        events = events_of(stream.text)
        answer = client.post("/inference", **options).json()
        assert [name for name, _ in events] == ["field"] * 5 + ["summary"]
        assert {**events[-1][1], "timestamp": ""} == {**answer, "timestamp": ""}
        for _, field in events[:-1]:
            assert field["text"] == answer["summary"][field["field"]]
            assert ("details" in field) is details
            if details:
                assert field["details"] == answer["details"]["fields"][field["field"]]
        assert {field["field"] for _, field in events[:-1]} == set(FieldName)


def test_the_headers_of_a_stream(client: httpx.Client) -> None:
    response = client.post("/inference/stream", json=report())
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["cache-status"] == CacheStatus.MISS
    assert response.headers["x-request-id"]
    again = client.post("/inference/stream", json=report())
    assert again.headers["cache-status"] == CacheStatus.HIT
    assert [name for name, _ in events_of(again.text)] == ["field"] * 5 + ["summary"]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "slug"),
    [
        pytest.param(b"{", "application/json", 400, "malformed-json", id="malformed"),
        pytest.param(b"{}", "text/plain", 415, "unsupported-media-type", id="text"),
        pytest.param(b"{}", "application/json", 422, "invalid-report", id="invalid"),
        pytest.param(
            json.dumps(report(REFUSED)).encode(),
            "application/json",
            422,
            "invalid-report",
            id="refused-by-the-engine",
        ),
        pytest.param(
            json.dumps(report(BREAKS_PREDICT)).encode(),
            "application/json",
            500,
            "model-failed",
            id="failed",
        ),
    ],
)
def test_what_fails_before_the_first_event_has_a_status(
    client: httpx.Client, content: bytes, content_type: str, status: int, slug: str
) -> None:
    headers = {"content-type": content_type}
    response = client.post("/inference/stream", content=content, headers=headers)
    problem_of(response, status, slug)


def test_a_full_queue_is_a_429_with_retry_after(
    client: httpx.Client, engine: FakeDecodingEngine
) -> None:
    engine.hold()
    with streaming(client, "runs", env={"os": "Linux"}) as running:
        eventually_blocking(engine.at_step.is_set)
        # The environment is sent while the report waits.
        with streaming(client, "waits", env={"os": "Linux"}) as waiting:
            assert [running.status_code, waiting.status_code] == [200, 200]
            refused = client.post("/inference/stream", json=report("one too many"))
    problem_of(refused, 429, "queue-full")
    assert int(refused.headers["retry-after"]) >= 1


def test_a_time_limit_before_the_first_event_is_a_504(engine: FakeDecodingEngine) -> None:
    hasty = Settings(engine="mock", request_timeout_s=0.05)
    with serving(engine, hasty) as client:
        engine.hold()
        problem_of(client.post("/inference/stream", json=report()), 504, "timeout")


@pytest.mark.parametrize(
    ("text", "status", "slug"),
    [
        pytest.param(BREAKS_STEP, 500, "model-failed", id="model"),
        pytest.param("surprise", 500, "internal", id="unexpected"),
        pytest.param("never ends steps=1000000", 504, "timeout", id="time-limit"),
    ],
)
def test_what_fails_later_is_an_event(
    engine: FakeDecodingEngine,
    caplog: pytest.LogCaptureFixture,
    text: str,
    status: int,
    slug: str,
) -> None:
    hasty = Settings(engine="mock", request_timeout_s=0.5)
    with caplog.at_level(logging.DEBUG), serving(engine, hasty) as client:
        response = client.post("/inference/stream", json=report(text, env={"os": "Linux"}))
    assert response.status_code == 200
    events = events_of(response.text)
    assert events[0][0] == "field"
    assert [name for name, _ in events].index("error") == len(events) - 1
    problem = events[-1][1]
    assert (problem["status"], problem["type"]) == (status, f"urn:bug-summarizer:{slug}")
    assert SECRET not in response.text + caplog.text


def test_a_client_that_leaves_frees_its_rows_at_the_next_step(
    client: httpx.Client, engine: FakeDecodingEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    engine.hold()
    with streaming(client, "stays steps=2000", env={"os": "Linux"}) as stays:
        eventually_blocking(engine.at_step.is_set)
        with streaming(client, LEAVES, env={"os": "Linux"}) as leaves:
            # Kept: an iterator that is thrown away closes its connection.
            chunks = leaves.iter_text()
            next_event(chunks)
            step_until(engine, lambda: [LEAVES] in engine.admissions)
        eventually_blocking(lambda: any("client_gone" in fields_of(one) for one in caplog.records))
        steps_before = steps_of(engine, LEAVES)
        step_until(engine, lambda: engine.dropped == [LEAVES])
        engine.release()
        assert events_of("".join(stays.iter_text()))[-1][0] == "summary"
    assert steps_of(engine, LEAVES) - steps_before <= 1


def step_until(engine: FakeDecodingEngine, condition: Callable[[], bool]) -> None:
    """Let one step after another happen."""

    def step_and_ask() -> bool:
        if engine.at_step.is_set():
            engine.allow()
        return condition()

    eventually_blocking(step_and_ask)


def steps_of(engine: FakeDecodingEngine, text: str) -> int:
    return sum(text in texts for texts in engine.steps)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = record.__dict__.get("fields", {})
    return fields
