"""`python -m uvicorn main:app --reload`, as the README starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.project import ROOT
from tests.servers import free_port
from tests.waiting import eventually_blocking

pytestmark = pytest.mark.slow

REQUEST = {
    "id": "report-123",
    "input": {"description": "It fails.", "env": {"os": "macOS", "browser": "Chrome"}},
}


@pytest.fixture(params=[None, "models/bug-summarizer-minilm"], ids=["mock", "bundled"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "SUMMARIZER_MODEL"}
    if request.param:
        environment["SUMMARIZER_MODEL"] = request.param
    command = [sys.executable, "-m", "uvicorn", "main:app", "--reload", "--port", str(port)]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        ) as server,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            eventually_blocking(lambda: answers(address) or server.poll() is not None, 120)
            yield address
        finally:
            os.killpg(server.pid, signal.SIGINT)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def test_it_answers_in_one_process(url: str) -> None:
    answer = httpx.post(f"{url}/inference", json=REQUEST, timeout=60).json()
    assert answer["summary"]["environment"] == "OS: macOS, Browser: Chrome"
    if answer["model"] == {"name": "mock-trainer", "version": "0.1"}:
        assert answer["summary"]["actualBehavior"] == "Mocked actual behavior — check stacktrace"
    else:
        assert answer["model"]["name"] == "bug-summarizer-minilm"
        assert answer["summary"]["actualBehavior"] == "It fails."
