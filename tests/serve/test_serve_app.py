"""The real application on a real Ray Serve, over HTTP."""

import re
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest
import ray
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from deployments.app import build_app
from deployments.cache import CacheStatus
from deployments.settings import PROJECT_ROOT, Settings
from tests.http_checks import events_of, problem_of
from tests.serve.conftest import Deploy
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


@pytest.fixture(scope="module")
def mock(deploy: Deploy) -> Iterator[httpx.Client]:
    url = deploy("mock", {"engine": "mock", "max_body_bytes": MAX_BODY_BYTES})
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


def test_a_stream_ends_with_what_inference_answers(mock: httpx.Client) -> None:
    response = mock.post("/inference/stream", json=REQUEST)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    *fields, (name, answer) = events_of(response.text)
    assert {data["field"]: data["text"] for _, data in fields} == SUMMARY
    assert name == "summary"
    del answer["timestamp"]
    assert answer == {
        "id": "report-123",
        "summary": SUMMARY,
        "model": {"name": "mock-trainer", "version": "0.1"},
    }


def test_the_same_report_again_comes_from_the_cache(mock: httpx.Client) -> None:
    request = {"id": "r", "input": {"description": "asked for twice"}}
    statuses = [
        mock.post("/inference", json=request, headers=headers).headers["cache-status"]
        for headers in ({}, {}, {"cache-control": "no-cache"}, {"cache-control": "no-store"})
    ]
    assert statuses == [
        CacheStatus.MISS,
        CacheStatus.HIT,
        CacheStatus.REFRESHED,
        CacheStatus.BYPASSED,
    ]


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_may_ask_with_head(mock: httpx.Client, path: str) -> None:
    assert mock.head(path).status_code == 200


def test_the_figures_are_exported_by_the_node(mock: httpx.Client) -> None:
    """Ray exports them every few seconds, where `ray.nodes()` says."""
    for number in range(3):
        request = {"id": "r", "input": {"description": f"a report to be counted, {number}"}}
        assert mock.post("/inference", json=request).status_code == 200
    (node,) = ray.nodes()  # type: ignore[no-untyped-call]
    url = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"

    def figure(name: str, **labels: str) -> float:
        return sum(
            sample.value
            for family in text_string_to_metric_families(httpx.get(url).text)
            for sample in family.samples
            if sample.name == f"ray_bug_summarizer_{name}"
            and {"application": "mock", **labels}.items() <= sample.labels.items()
        )

    eventually_blocking(lambda: figure("reports_total", outcome="answered") >= 3, within_s=60)
    assert figure("queue_seconds_count", deployment="Summarizer") >= 3
    assert figure("queue_seconds_sum", deployment="Summarizer") > 0
    assert figure("encode_seconds_count") >= 3
    eventually_blocking(lambda: figure("cache_misses_total", deployment="Ingress") >= 3, 60)


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
