"""The HTTP app over a fake engine: its answers, its errors and its headers."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from deployments.client import Answer
from deployments.http import create_app
from deployments.local import LocalSummarizer
from deployments.settings import Settings
from schemas.problem import MEDIA_TYPE
from schemas.report import ReportInput
from summarizer.engine import Prediction
from tests.fakes import BREAKS_PREDICT, BREAKS_PREPARE, FakeEngine, FakeReport
from tests.waiting import eventually

SECRET = "what the customer wrote"
SETTINGS = Settings(engine="mock", max_batch_size=2, max_waiting=3, max_body_bytes=20_000)


def report(text: str = "it broke", **parts: Any) -> dict[str, Any]:
    return {"id": "r-1", "input": {"description": text, **parts}}


def client_of(summarizer: LocalSummarizer, settings: Settings = SETTINGS) -> httpx.AsyncClient:
    app = create_app(summarizer, settings)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
async def summarizer(engine: FakeEngine) -> AsyncIterator[LocalSummarizer]:
    summarizer = LocalSummarizer(lambda: engine, SETTINGS.limits)
    summarizer.start()
    engine.batches.clear()
    engine.running.clear()
    yield summarizer
    engine.gate.set()
    await summarizer.close()


@pytest.fixture
async def client(summarizer: LocalSummarizer) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(summarizer) as client:
        yield client


def problem_of(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"] == slug if slug == "about:blank" else f"urn:bug-summarizer:{slug}"
    return problem


async def test_an_answer_has_no_details_unless_asked_for(client: httpx.AsyncClient) -> None:
    body = (await client.post("/inference", json=report())).json()
    assert list(body) == ["id", "summary", "model", "timestamp"]
    assert body["id"] == "r-1"
    assert body["summary"]["actualBehavior"] == "it broke"
    assert body["model"] == {"name": "fake", "version": "1"}


@pytest.mark.parametrize(
    ("value", "given"),
    [("true", True), ("1", True), ("false", False), ("0", False)],
)
async def test_details_on_request(client: httpx.AsyncClient, value: str, given: bool) -> None:
    response = await client.post("/inference", params={"details": value, "x": "y"}, json=report())
    assert ("details" in response.json()) is given
    if given:
        field = response.json()["details"]["fields"]["actualBehavior"]
        assert field == {"confidence": 0.9, "origin": "generated", "spans": []}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        pytest.param({"input": {"description": SECRET}}, ["id"], id="missing"),
        pytest.param(report(SECRET, env={"os": [SECRET]}), ["input.env.os"], id="nested"),
        pytest.param({**report(SECRET), "idd": SECRET}, ["idd"], id="unknown-key"),
        pytest.param({"id": 1, "input": {"env": 2}}, ["id", "input.env"], id="two-fields"),
        pytest.param([SECRET], ["$"], id="root"),
    ],
)
async def test_each_bad_field_is_named_and_nothing_is_echoed(
    client: httpx.AsyncClient, body: Any, paths: list[str]
) -> None:
    response = await client.post("/inference", json=body)
    problem = problem_of(response, 422, "invalid-report")
    assert [error["path"] for error in problem["errors"]] == paths
    assert SECRET not in response.text


async def test_a_bad_query_parameter_is_named(client: httpx.AsyncClient) -> None:
    response = await client.post("/inference", params={"details": "maybe"}, json=report())
    problem = problem_of(response, 422, "invalid-report")
    assert [error["path"] for error in problem["errors"]] == ["query.details"]


async def test_a_body_of_nothing_but_errors_gets_a_bounded_answer(
    client: httpx.AsyncClient,
) -> None:
    body = {**report(), **{f"unknown{number}": 1 for number in range(500)}}
    problem = problem_of(await client.post("/inference", json=body), 422, "invalid-report")
    assert len(problem["errors"]) == 50
    assert problem["detail"].startswith("500 fields are invalid.")


@pytest.mark.parametrize(
    ("content", "content_type", "status", "slug"),
    [
        pytest.param(b'{"id": ', "application/json", 400, "malformed-json", id="cut-off"),
        pytest.param(b"\xff\xfe\xfd", "application/json", 400, "malformed-json", id="no-text"),
        pytest.param(b"[" * 9_999, "application/json", 400, "malformed-json", id="deeply-nested"),
        pytest.param(b"{}", "text/plain", 415, "unsupported-media-type", id="text"),
        pytest.param(b"a=1", None, 415, "unsupported-media-type", id="no-media-type"),
        pytest.param(b"", "application/json", 422, "invalid-report", id="empty"),
        pytest.param(b"x" * 20_001, "application/json", 413, "body-too-large", id="too-large"),
        pytest.param(b"x" * 20_001, "text/plain", 413, "body-too-large", id="too-large-text"),
    ],
)
@pytest.mark.parametrize("path", ["/inference", "/inference/batch"])
async def test_bodies_that_are_no_request(
    client: httpx.AsyncClient,
    path: str,
    content: bytes,
    content_type: str | None,
    status: int,
    slug: str,
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    problem_of(await client.post(path, content=content, headers=headers), status, slug)


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/vnd.report+json"]
)
async def test_json_by_any_of_its_names(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post(
        "/inference", content=json.dumps(report()), headers={"content-type": content_type}
    )
    assert response.status_code == 200


async def test_unknown_paths_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    problem_of(await client.get("/nowhere"), 404, "about:blank")
    response = await client.get("/inference")
    problem_of(response, 405, "about:blank")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("text", [BREAKS_PREPARE, BREAKS_PREDICT])
async def test_a_failing_model_is_a_500_without_the_report(
    client: httpx.AsyncClient, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = await client.post("/inference", json=report(f"{text} {SECRET}"))
    problem_of(response, 500, "model-failed")
    assert SECRET not in response.text + caplog.text


class Surprising(LocalSummarizer):
    """Raises what nobody expects where the text says so."""

    async def summarize(self, report: ReportInput, request_id: str) -> Answer:
        """Raise, or answer."""
        if "surprise" in (report.description or ""):
            raise LookupError(f"cannot find {report.description}")
        return await super().summarize(report, request_id)


@pytest.fixture
async def surprising(engine: FakeEngine) -> AsyncIterator[httpx.AsyncClient]:
    summarizer = Surprising(lambda: engine, SETTINGS.limits)
    summarizer.start()
    async with client_of(summarizer) as client:
        yield client
    await summarizer.close()


async def test_an_unexpected_exception_is_answered_and_logged_without_the_report(
    surprising: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"origin": "http://localhost:3000"}
    with caplog.at_level(logging.DEBUG):
        response = await surprising.post(
            "/inference", json=report(f"surprise {SECRET}"), headers=headers
        )
    problem_of(response, 500, "internal")
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "LookupError" in caplog.text
    assert "test_http_app.py" in caplog.text
    assert SECRET not in response.text + caplog.text


async def test_bad_reports_spoil_nothing_in_a_batch(surprising: httpx.AsyncClient) -> None:
    reports = [
        report("good"),
        {"id": "r-2", "input": {"description": 7}},
        report(BREAKS_PREDICT),
        "no report at all",
        report("surprise"),
        report("good too"),
    ]
    response = await surprising.post("/inference/batch", json={"reports": reports})
    assert response.status_code == 200
    results = response.json()["results"]
    assert [result.get("problem", {}).get("status") for result in results] == [
        None,
        422,
        500,
        422,
        500,
        None,
    ]
    assert [result["id"] for result in results] == ["r-1", "r-2", "r-1", None, "r-1", "r-1"]
    assert results[1]["problem"]["errors"][0]["path"] == "reports[1].input.description"
    assert [results[place]["summary"]["actualBehavior"] for place in (0, 5)] == ["good", "good too"]


async def test_a_batch_is_not_refused_for_its_own_size(client: httpx.AsyncClient) -> None:
    reports = [report(f"number {number}") for number in range(64)]
    response = await client.post(
        "/inference/batch", json={"reports": reports}, params={"details": True}
    )
    answers = [result["summary"]["actualBehavior"] for result in response.json()["results"]]
    assert answers == [f"number {number}" for number in range(64)]
    assert all("details" in result for result in response.json()["results"])


@pytest.mark.parametrize(("count", "code"), [(0, "too_short"), (65, "too_long")])
async def test_the_size_of_a_batch_is_bounded(
    client: httpx.AsyncClient, count: int, code: str
) -> None:
    response = await client.post("/inference/batch", json={"reports": [report()] * count})
    (error,) = problem_of(response, 422, "invalid-report")["errors"]
    assert (error["path"], error["code"]) == ("reports", code)


async def test_a_full_queue_says_when_to_come_back(
    client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    engine.gate.clear()
    running = asyncio.create_task(client.post("/inference", json=report("running")))
    await eventually(engine.running.is_set)
    crowd = [asyncio.create_task(client.post("/inference", json=report())) for _ in range(8)]
    await eventually(lambda: sum(task.done() for task in crowd) == 5)
    refused = [task.result() for task in crowd if task.done()]
    for response in refused:
        problem_of(response, 429, "queue-full")
        assert int(response.headers["retry-after"]) >= 1
    engine.gate.set()
    statuses = [response.status_code for response in await asyncio.gather(running, *crowd)]
    assert sorted(statuses) == [200] * 4 + [429] * 5


@pytest.mark.parametrize("path", ["/inference", "/inference/batch"])
async def test_an_answer_that_takes_too_long(
    summarizer: LocalSummarizer, engine: FakeEngine, path: str
) -> None:
    engine.gate.clear()
    hasty = Settings(engine="mock", request_timeout_s=0.05)
    body = report() if path == "/inference" else {"reports": [report()]}
    async with client_of(summarizer, hasty) as client:
        response = await client.post(path, json=body)
    if path == "/inference":
        problem_of(response, 504, "timeout")
    else:
        assert response.json()["results"][0]["problem"]["status"] == 504


async def test_the_service_says_what_it_is(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok", "service": "trainer"}
    assert (await client.get("/ready")).json() == {"status": "ready"}
    model = (await client.get("/model")).json()
    assert (model["name"], model["base"], model["categories"]) == ("fake", "none", ["bug"])
    assert (await client.get("/docs")).status_code == 200


class Broken(FakeEngine):
    """Loads, but cannot answer."""

    def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
        """Raise."""
        raise OSError("weights are broken")


@pytest.mark.parametrize(
    "started", [pytest.param(False, id="loading"), pytest.param(True, id="broken")]
)
async def test_nothing_is_ready_before_an_inference_has_worked(started: bool) -> None:
    summarizer = LocalSummarizer(Broken, SETTINGS.limits)
    if started:
        with pytest.raises(OSError, match="broken"):
            summarizer.start()
    async with client_of(summarizer) as client:
        assert (await client.get("/health")).status_code == 200
        problem_of(await client.get("/ready"), 503, "not-ready")
        problem_of(await client.get("/model"), 503, "not-ready")
        problem_of(await client.post("/inference", json=report()), 503, "not-ready")


async def test_a_safe_request_id_comes_back_and_is_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "deployments"):
        response = await client.post("/inference", json=report(), headers={"x-request-id": "a-1"})
    assert response.headers["x-request-id"] == "a-1"
    fields = caplog.records[-1].__dict__["fields"]
    assert {key: fields[key] for key in ("method", "path", "status", "report_id")} == {
        "method": "POST",
        "path": "/inference",
        "status": 200,
        "report_id": "r-1",
    }
    response = await client.get("/nowhere", headers={"x-request-id": "a 1"})
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param("http://localhost:3000", "http://localhost:3000", id="local"),
        pytest.param("https://evil.example", None, id="foreign"),
    ],
)
async def test_cors(client: httpx.AsyncClient, origin: str, allowed: str | None) -> None:
    preflight = {"origin": origin, "access-control-request-method": "POST"}
    asked = await client.options("/inference", headers=preflight)
    answered = await client.post("/inference", json=report(), headers={"origin": origin})
    for response in (asked, answered):
        assert response.headers.get("access-control-allow-origin") == allowed
