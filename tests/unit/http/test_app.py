"""The HTTP app: its answers, its limits and its headers."""

import asyncio
import logging
import re
from collections.abc import Sequence

import anyio.to_thread
import httpx
import pytest

from deployments.local import LocalSummarizer
from deployments.settings import Settings
from summarizer.engine import Prediction
from tests.fakes import FakeEngine, FakeReport
from tests.http_checks import problem_of, report
from tests.project import pyproject
from tests.unit.http.conftest import SETTINGS, client_of
from tests.waiting import eventually


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


async def test_no_request_crosses_to_another_thread_of_the_app(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FastAPI runs what is no coroutine on a worker thread, which every request waited for."""

    async def refuse(function: object, *_: object, **__: object) -> None:
        pytest.fail(f"{function} runs on a worker thread")

    monkeypatch.setattr(anyio.to_thread, "run_sync", refuse)
    for path in ("/health", "/ready", "/model"):
        assert (await client.get(path)).status_code == 200
    for path, body in (
        ("/inference", report()),
        ("/inference/stream", report()),
        ("/inference/batch", {"reports": [report()]}),
    ):
        assert (await client.post(path, json=body)).status_code == 200
        problem_of(await client.post(path, json={}), 422, "invalid-report")


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
    crowd = [
        asyncio.create_task(client.post("/inference", json=report(f"number {number}")))
        for number in range(8)
    ]
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


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_probes_may_ask_with_head(client: httpx.AsyncClient, path: str) -> None:
    response = await client.head(path)
    assert (response.status_code, response.content) == (200, b"")


async def test_the_version_is_the_projects(client: httpx.AsyncClient) -> None:
    version = (await client.get("/openapi.json")).json()["info"]["version"]
    assert version == pyproject()["project"]["version"]


async def test_the_documentation_needs_no_internet(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    loaded = re.findall(r"""(?:src|href)="([^"]+)\"""", page)
    assert any(path.endswith(".js") for path in loaded)
    for path in loaded:
        assert path.startswith("/")
        assert (await client.get(path)).status_code == 200
    assert "://" not in page


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
