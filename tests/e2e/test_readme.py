"""Every command of the README is run: here, or where the table says."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.http_checks import events_of
from tests.project import ROOT
from tests.readme import Block, Elsewhere, command_blocks, problems, run_block, run_here
from tests.servers import free_port

ELSEWHERE = {
    "make serve": Elsewhere("tests/e2e/test_readme.py", '["make", "serve"'),
    "make test": Elsewhere(".ci/run", "make test"),
    ".venv/bin/python -m uvicorn main:app --reload --port 8000": Elsewhere(
        "tests/e2e/test_one_process.py", '"uvicorn", "main:app", "--reload", "--port"'
    ),
    # No container engine is at hand where the tests run; the files are linted.
    "docker build -t bug-summarizer .\n"
    "docker run --rm --init -p 127.0.0.1:8000:8000 --shm-size=1g bug-summarizer": Elsewhere(
        ".ci/run", "make check-container"
    ),
}


def blocks() -> list[Block]:
    return command_blocks((ROOT / "README.md").read_text(encoding="utf-8"))


def test_every_block_is_run_somewhere() -> None:
    assert problems(blocks(), ELSEWHERE, ROOT) == []


@pytest.fixture(scope="module")
def served_address() -> Iterator[str]:
    """`make serve`, from its word that it is ready to a Ctrl-C that it obeys."""
    address = f"127.0.0.1:{free_port()}"
    command = ["make", "serve", f"PORT={address.rpartition(':')[2]}"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as make:
        assert make.stdout is not None
        said = []
        for line in make.stdout:
            said.append(line)
            if line == f"Ready: http://{address}/docs\n":
                break
        else:
            pytest.fail("".join(said))
        try:
            yield address
        finally:
            # A terminal interrupts the whole group: make and what it runs.
            os.killpg(make.pid, signal.SIGINT)
            farewell = make.stdout.read()
    # What make says of a recipe that fails; the launcher ends with 0 only after a clean stop.
    assert "] Error" not in farewell, farewell


@pytest.mark.ray
@pytest.mark.slow
def test_the_blocks_that_need_the_service(served_address: str) -> None:
    chosen = run_here(blocks(), "server")
    assert chosen
    for block in chosen:
        run_block(block, ROOT, served_address)


@pytest.mark.slow
def test_the_blocks_that_stand_alone() -> None:
    for block in run_here(blocks(), "alone"):
        run_block(block, ROOT)


def test_the_stream_that_is_shown_is_the_answer_that_is_shown() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    answer = re.search(r"```json answer\n(.*?)```", readme, re.DOTALL)
    stream = re.search(r"```text stream\n(.*?)```", readme, re.DOTALL)
    assert answer
    assert stream
    shown = json.loads(answer[1])
    events = events_of(stream[1] + "\n")
    assert len(events) >= 4
    for name, data in events:
        assert (name, data["id"]) == ("field", shown["id"])
        assert data["text"] == shown["summary"][data["field"]]
