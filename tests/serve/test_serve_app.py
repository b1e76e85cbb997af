"""The real application on a real Ray Serve, over HTTP."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import yaml
from pydantic import ValidationError

import deployments.app
from deployments.app import build_app
from deployments.settings import PROJECT_ROOT, Settings
from tests.fakes import BREAKS_PREDICT
from tests.http_checks import problem_of, report
from tests.serve.conftest import Deploy
from tests.serve.holding import HOLD, HoldingSummarizer, running_mark
from tests.waiting import eventually_blocking

pytestmark = pytest.mark.ray

REQUEST = {
    "id": "report-123",
    "input": {
        "description": "The page goes blank.",
        "stacktrace_text": "TypeError: x is undefined",
        "env": {"os": "macOS", "browser": "Chrome", "browserVersion": "119.0"},
        "image_paths": ["screens/1.png"],
    },
}
SUMMARY = {
    "environment": "OS: macOS, Browser: Chrome 119.0",
    "actualBehavior": "Mocked actual behavior — check stacktrace",
    "expectedBehavior": "Mocked expected behavior",
    "bugCategory": "mock-category",
    "suggestedSolution": "Mocked suggestion",
}
MAX_BODY_BYTES = 50_000
QUEUE = 2


@pytest.fixture(scope="module")
def mock(deploy: Deploy) -> Iterator[httpx.Client]:
    url = deploy("mock", {"engine": "mock", "max_body_bytes": MAX_BODY_BYTES})
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def holding(deploy: Deploy) -> Iterator[httpx.Client]:
    """A service of one slot and two places, whose model can be held."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployments.app, "Summarizer", HoldingSummarizer)
        url = deploy("holding", {"engine": "mock", "max_batch_size": 1, "max_waiting": QUEUE})
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_the_mock_answers_exactly(mock: httpx.Client) -> None:
    answer = mock.post("/inference", json=REQUEST).json()
    timestamp = answer.pop("timestamp")
    assert answer == {
        "id": "report-123",
        "summary": SUMMARY,
        "model": {"name": "mock-trainer", "version": "0.1"},
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", timestamp)
    age = datetime.now().astimezone() - datetime.fromisoformat(timestamp)
    assert abs(age.total_seconds()) < 60


def test_details_on_request(mock: httpx.Client) -> None:
    details = mock.post("/inference", params={"details": "1"}, json=REQUEST).json()["details"]
    assert set(details["fields"]) == set(SUMMARY)
    assert details["notes"] == ["1 image path given; images are not read yet and were not used."]


def test_the_service_says_what_it_is(mock: httpx.Client) -> None:
    assert mock.get("/health").json() == {"status": "ok", "service": "trainer"}
    assert mock.get("/ready").json() == {"status": "ready"}
    assert mock.get("/model").json()["kind"] == "mock"
    assert "/inference/batch" in mock.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("method", "path", "content", "content_type", "status", "slug"),
    [
        pytest.param("POST", "/inference", b"{", "json", 400, "malformed-json", id="400"),
        pytest.param("GET", "/nowhere", b"", "json", 404, "about:blank", id="404"),
        pytest.param("GET", "/inference", b"", "json", 405, "about:blank", id="405"),
        pytest.param(
            "POST",
            "/inference",
            b"x" * (MAX_BODY_BYTES + 1),
            "json",
            413,
            "body-too-large",
            id="413",
        ),
        pytest.param("POST", "/inference", b"{}", "xml", 415, "unsupported-media-type", id="415"),
        pytest.param("POST", "/inference", b"{}", "json", 422, "invalid-report", id="422"),
    ],
)
def test_errors_are_problem_details(
    mock: httpx.Client,
    method: str,
    path: str,
    content: bytes,
    content_type: str,
    status: int,
    slug: str,
) -> None:
    headers = {"content-type": f"application/{content_type}"}
    problem_of(mock.request(method, path, content=content, headers=headers), status, slug)


def test_a_bad_report_among_good_ones(mock: httpx.Client) -> None:
    reports = [REQUEST, {"id": "bad", "input": {"env": {"os": []}}}, REQUEST]
    response = mock.post("/inference/batch", json={"reports": reports})
    assert response.status_code == 200
    first, bad, last = response.json()["results"]
    assert first["summary"] == last["summary"] == SUMMARY
    assert bad["id"] == "bad"
    assert [error["path"] for error in bad["problem"]["errors"]] == ["reports[1].input.env.os"]


def test_a_full_batch(mock: httpx.Client) -> None:
    results = mock.post("/inference/batch", json={"reports": [REQUEST] * 64}).json()["results"]
    assert [result["summary"] for result in results] == [SUMMARY] * 64


def test_a_request_id_comes_back_once(mock: httpx.Client) -> None:
    response = mock.post("/inference", json=REQUEST, headers={"x-request-id": "a-1"})
    assert response.headers.get_list("x-request-id") == ["a-1"]
    assert len(mock.get("/health").headers.get_list("x-request-id")) == 1


def test_headers_that_would_override_the_server_break_nothing(mock: httpx.Client) -> None:
    headers = {"x-request-timeout-seconds": "0", "x-request-disconnect-disabled": "?1"}
    assert mock.post("/inference", json=REQUEST, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param("http://localhost:5173", "http://localhost:5173", id="local"),
        pytest.param("https://evil.example", None, id="foreign"),
    ],
)
def test_cors(mock: httpx.Client, origin: str, allowed: str | None) -> None:
    asked = mock.options(
        "/inference", headers={"origin": origin, "access-control-request-method": "POST"}
    )
    answered = mock.post("/inference", json=REQUEST, headers={"origin": origin})
    for response in (asked, answered):
        assert response.headers.get("access-control-allow-origin") == allowed


def test_a_failing_model_is_a_500_of_its_report_only(holding: httpx.Client) -> None:
    secret = "what the customer wrote"
    response = holding.post("/inference", json=report(f"{BREAKS_PREDICT} {secret}"))
    problem_of(response, 500, "model-failed")
    assert secret not in response.text
    assert holding.post("/inference", json=report("next")).status_code == 200


def test_a_full_queue_refuses_with_retry_after(holding: httpx.Client, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(8) as pool:
        running = pool.submit(holding.post, "/inference", json=report(f"{HOLD}{gate}"))
        eventually_blocking(running_mark(gate).exists)
        crowd = [pool.submit(holding.post, "/inference", json=report("x")) for _ in range(6)]
        try:
            eventually_blocking(lambda: sum(each.done() for each in crowd) == 6 - QUEUE)
            refused = [each.result() for each in crowd if each.done()]
        finally:
            gate.touch()
        answered = [running.result(), *(each.result() for each in crowd)]
    for response in refused:
        problem_of(response, 429, "queue-full")
        assert int(response.headers["retry-after"]) >= 1
    assert sorted(response.status_code for response in answered) == [200] * (QUEUE + 1) + [429] * 4


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="plain"),
        pytest.param({"x-request-disconnect-disabled": "?1"}, id="asks-not-to-be-cancelled"),
    ],
)
def test_a_client_that_leaves_frees_its_place(
    holding: httpx.Client, tmp_path: Path, headers: dict[str, str]
) -> None:
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(holding.post, "/inference", json=report(f"{HOLD}{gate}"))
        eventually_blocking(running_mark(gate).exists)
        try:
            for _ in range(QUEUE):
                with pytest.raises(httpx.ReadTimeout):
                    holding.post("/inference", json=report("x"), headers=headers, timeout=2)
            stays = pool.submit(holding.post, "/inference", json=report("stays"))
            with pytest.raises(httpx.ReadTimeout):
                holding.post("/inference", json=report("x"), timeout=2)
        finally:
            gate.touch()
        assert running.result().status_code == 200
        assert stays.result().status_code == 200


@pytest.mark.usefixtures("serve_url")
def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="modle"):
        build_app({"engine": "mock", "modle": "models/x"})


def test_the_shipped_configuration_has_valid_arguments() -> None:
    config = yaml.safe_load((PROJECT_ROOT / "serve_config.yaml").read_text())
    (application,) = config["applications"]
    assert application["import_path"] == "deployments.app:build_app"
    assert Settings.model_validate(application["args"]).engine == "auto"
    assert config["http_options"] == {"host": "127.0.0.1", "port": 8000}
