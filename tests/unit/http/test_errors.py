"""The HTTP app: every error is problem details, and none holds a report."""

import gzip
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deployments.client import Answer
from deployments.local import LocalSummarizer
from deployments.settings import Settings
from schemas.report import ReportInput
from tests.fakes import BREAKS_PREDICT, BREAKS_PREPARE, FakeEngine
from tests.http_checks import problem_of, report
from tests.unit.http.conftest import SETTINGS, client_of

SECRET = "what the customer wrote"


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


async def test_a_compressed_body_is_refused_as_such(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    content = gzip.compress(json.dumps(report()).encode())
    response = await client.post("/inference", content=content, headers=headers)
    problem = problem_of(response, 415, "unsupported-media-type")
    assert "Content-Encoding" in problem["detail"]


async def test_the_largest_environment_is_answered_in_full(summarizer: LocalSummarizer) -> None:
    env = {f"{'aB' * 49}{number:02d}": "v" * 500 for number in range(50)}
    async with client_of(summarizer, Settings(engine="mock")) as client:
        response = await client.post("/inference", json=report(env=env))
    environment = response.json()["summary"]["environment"]
    assert environment.count("v" * 500) == 50


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

    async def summarize(self, report: ReportInput, request_id: str, timeout_s: float) -> Answer:
        """Raise, or answer."""
        if "surprise" in (report.description or ""):
            raise LookupError(f"cannot find {report.description}")
        return await super().summarize(report, request_id, timeout_s)


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
    assert "test_errors.py" in caplog.text
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
