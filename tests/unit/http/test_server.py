"""What only a real server shows: clients that leave, bodies that are too large, one process."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from deployments.http import create_app
from deployments.local import LocalSummarizer, create_local_app
from deployments.settings import PROJECT_ROOT, Settings
from summarizer.metrics import NO_METRICS
from tests.fakes import FakeEngine
from tests.servers import running_app
from tests.waiting import eventually_blocking

LIMIT = 20_000
SETTINGS = Settings(engine="mock", max_batch_size=2, max_waiting=3, max_body_bytes=LIMIT)


@pytest.fixture(scope="module")
def mock_url() -> Iterator[str]:
    with running_app(create_local_app(SETTINGS)) as url:
        yield url


def connect(url: str) -> socket.socket:
    address = httpx.URL(url)
    assert address.port is not None
    return socket.create_connection((address.host, address.port), timeout=20)


def post_head(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: test", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def read_all(connection: socket.socket) -> bytes:
    chunks = []
    while chunk := connection.recv(65_536):
        chunks.append(chunk)
    return b"".join(chunks)


def test_the_mock_answers_exactly(mock_url: str) -> None:
    body = {
        "id": "report-123",
        "input": {"description": "x", "env": {"os": "macOS", "browser": "Chrome"}},
    }
    answer = httpx.post(f"{mock_url}/inference", json=body).json()
    assert answer["summary"] == {
        "environment": "OS: macOS, Browser: Chrome",
        "actualBehavior": "Mocked actual behavior — check stacktrace",
        "expectedBehavior": "Mocked expected behavior",
        "bugCategory": "mock-category",
        "suggestedSolution": "Mocked suggestion",
    }
    assert answer["model"] == {"name": "mock-trainer", "version": "0.1"}


@pytest.mark.parametrize("path", ["/inference", "/inference/batch", "/inference/stream"])
def test_a_client_that_leaves_frees_its_place(path: str) -> None:
    engine = FakeEngine()
    summarizer = LocalSummarizer(lambda: engine, SETTINGS.limits)
    summarizer.start()
    loop = summarizer._loop
    assert loop is not None
    engine.running.clear()
    engine.gate.clear()
    report = {"id": "r", "input": {"description": "the one that left"}}
    content = json.dumps({"reports": [report]} if path == "/inference/batch" else report).encode()
    running = {"id": "r", "input": {"description": "stays"}}
    later = {"id": "r", "input": {"description": "comes later"}}
    with running_app(create_app(summarizer, SETTINGS, NO_METRICS)) as url:
        with closing(connect(url)) as stays:
            stays.sendall(request_of("/inference", json.dumps(running).encode()))
            eventually_blocking(engine.running.is_set)
            with closing(connect(url)) as leaves:
                leaves.sendall(request_of(path, content))
                eventually_blocking(lambda: loop.waiting == 1)
            eventually_blocking(lambda: loop.waiting == 0)
            engine.gate.set()
            assert b"stays" in stays.recv(65_536)
        assert httpx.post(f"{url}/inference", json=later).status_code == 200
    assert [text for batch in engine.batches[1:] for text in batch] == ["stays", "comes later"]


def request_of(path: str, content: bytes) -> bytes:
    return post_head(path, f"Content-Length: {len(content)}") + content


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param([f"Content-Length: {LIMIT + 1}"], b"x" * (LIMIT + 1), id="declared"),
        pytest.param(
            ["Content-Length: 3000000"], b"x" * 3_000_000, id="declared-and-large-on-the-way"
        ),
        pytest.param(["Content-Length: 99999999", "Expect: 100-continue"], b"", id="asked-before"),
        pytest.param(
            ["Transfer-Encoding: chunked"],
            b"4e20\r\n" + b"x" * 20_000 + b"\r\n4e20\r\n" + b"x" * 20_000 + b"\r\n0\r\n\r\n",
            id="streamed",
        ),
    ],
)
def test_a_body_that_is_too_large(mock_url: str, headers: list[str], body: bytes) -> None:
    with closing(connect(mock_url)) as connection:
        connection.sendall(post_head("/inference", *headers) + body)
        answer = read_all(connection)
    head, _, content = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in head.lower()
    assert json.loads(content)["type"] == "urn:bug-summarizer:body-too-large"
    assert httpx.get(f"{mock_url}/health").status_code == 200


def test_a_streamed_body_within_the_limit(mock_url: str) -> None:
    parts = [b'{"id": "r", "input": ', b'{"description": "x"}}']
    response = httpx.post(
        f"{mock_url}/inference",
        content=iter(parts),
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 200


def test_headers_that_would_override_serve_change_nothing(mock_url: str) -> None:
    response = httpx.post(
        f"{mock_url}/inference",
        json={"id": "r", "input": {"description": "x"}},
        headers={"x-request-timeout-seconds": "0", "x-request-disconnect-disabled": "?1"},
    )
    assert response.status_code == 200


def test_importing_the_service_does_not_import_what_models_run_on() -> None:
    code = (
        "import sys, main, summarizer, deployments.ingress, deployments.summarizer\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done: Any = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
