"""The launcher, with small stand-ins for `serve run`."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.configuration import APPLICATION
from deployments.launch import ENVIRONMENT, Address, main, watch, with_address
from schemas.errors import ModelUnavailable
from tests.project import ROOT

# Answers /ready with 503 as often as told and with 200 from then on; notes each interrupt.
SERVICE = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

port, busy, notes = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

class Answer(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self):
        Answer.asked += 1
        self.send_response(503 if Answer.asked <= busy else 200)
        self.end_headers()
        self.wfile.write("".join(sys.argv[4:]).encode())

    def log_message(self, *_):
        pass

with HTTPServer(("127.0.0.1", port), Answer) as server:
    try:
        server.serve_forever(poll_interval=0.01)
    except KeyboardInterrupt:
        with open(notes, "a") as file:
            file.write("interrupted\\n")
"""
WATCH = """
import sys
from deployments.launch import Address, watch

sys.exit(watch(sys.argv[2:], Address("127.0.0.1", int(sys.argv[1])), ready_timeout_s=60))
"""
NEVER = 1_000_000


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "kill", "hang-up"]
)
def test_it_says_when_it_is_ready_and_stops_cleanly(
    number: signal.Signals, port: int, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    service = [sys.executable, "-c", SERVICE, str(port), "2", str(notes)]
    command = [sys.executable, "-c", WATCH, str(port), *service]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as launcher:
        try:
            assert launcher.stderr is not None
            assert launcher.stderr.readline() == f"Ready: http://127.0.0.1:{port}/docs\n"
            launcher.send_signal(number)
            assert launcher.wait(timeout=30) == 0
        finally:
            launcher.terminate()
    assert notes.read_text() == "interrupted\n"


@pytest.mark.parametrize(
    ("service_status", "status"), [(0, 1), (3, 3)], ids=["without an error", "with an error"]
)
def test_a_service_that_ends_by_itself_is_a_failure(
    service_status: int, status: int, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", f"raise SystemExit({service_status})"]
    assert watch(command, Address("127.0.0.1", port), ready_timeout_s=30) == status
    assert f"ended by itself (status {service_status})" in capfd.readouterr().err


def test_a_service_that_is_never_ready_is_stopped(
    port: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes"
    command = [sys.executable, "-c", SERVICE, str(port), str(NEVER), str(notes)]
    assert watch(command, Address("127.0.0.1", port), ready_timeout_s=5) == 1
    assert "(503), stopping." in capfd.readouterr().err
    assert notes.read_text() == "interrupted\n"


def test_a_model_that_cannot_be_started_ends_the_wait(
    port: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes"
    problem = ModelUnavailable("x").to_problem().model_dump_json()
    command = [sys.executable, "-c", SERVICE, str(port), str(NEVER), str(notes), problem]
    assert watch(command, Address("127.0.0.1", port), ready_timeout_s=60) == 1
    assert "The model cannot be started" in capfd.readouterr().err
    assert notes.read_text() == "interrupted\n"


def test_a_taken_port_is_named_before_anything_starts(
    taken_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    config = str(ROOT / "serve_config.yaml")
    assert main([config, "--port", str(taken_port)]) == 1
    output = capfd.readouterr()
    assert output.err.startswith(f"Port {taken_port} on 127.0.0.1 is taken.")
    assert output.out == ""


def test_a_missing_file_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["nowhere.yaml"])
    assert stop.value.code == 2
    assert "there is no file nowhere.yaml" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ("{engine: mock, modle: x}", "args.modle: is not a known key"),
        ("{engine: mock, max_waiting: 0}", "args.max_waiting: must be greater"),
        ("{engine: mock, autoscaling: 3}", "args.autoscaling: must be a mapping"),
        ("{}", "args: model is missing"),
        ("x", "args: must be a mapping"),
    ],
    ids=["unknown", "unfit", "no mapping", "missing", "no arguments"],
)
def test_bad_arguments_are_named_before_anything_starts(
    args: str, words: str, tmp_path: Path, noted_run: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "serve_config.yaml"
    config.write_text(f"applications: [{{import_path: '{APPLICATION}', args: {args}}}]")
    assert main([str(config)]) == 1
    assert f"{config}: applications[0].{words}" in capfd.readouterr().err
    assert not noted_run.exists()


@pytest.fixture
def noted_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a stand-in for the `serve` command notes its configuration and environment."""
    notes = tmp_path / "run.json"
    script = tmp_path / "note.py"
    script.write_text(
        "import json, os, sys\n"
        "config = open(sys.argv[2]).read()\n"
        f"json.dump([sys.argv[1:], config, dict(os.environ)], open({str(notes)!r}, 'w'))\n"
    )
    serve = tmp_path / "serve"
    # By way of sh, for a path with spaces cannot stand in a first line.
    serve.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    serve.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return notes


def test_another_port_changes_the_port_and_nothing_else(
    noted_run: Path, tmp_path: Path, port: int
) -> None:
    config = tmp_path / "serve_config.yaml"
    config.write_text(
        "http_options: {host: 127.0.0.1, port: 8000}\napplications: [{import_path: 'a:b'}]\n"
    )
    main([str(config), "--port", str(port)])
    (run, given), passed, _ = json.loads(noted_run.read_text())
    assert run == "run"
    assert given != str(config)
    assert not Path(given).exists()
    assert passed == (
        f"http_options:\n  host: 127.0.0.1\n  port: {port}\napplications:\n- import_path: a:b\n"
    )


def test_the_file_itself_is_run_where_nothing_is_changed(
    noted_run: Path, tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "0")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    config = tmp_path / "serve_config.yaml"
    config.write_text(
        f"http_options: {{host: 127.0.0.1, port: {port}}}\napplications: [{{import_path: 'a:b'}}]\n"
    )
    main([str(config)])
    arguments, _, environment = json.loads(noted_run.read_text())
    assert arguments == ["run", str(config)]
    expected = {**ENVIRONMENT, "HF_HUB_DISABLE_TELEMETRY": "0"}
    assert {name: environment[name] for name in ENVIRONMENT} == expected
    # A training job in the same cluster may need a model from the hub.
    assert "HF_HUB_OFFLINE" not in environment


@pytest.mark.parametrize(
    ("options", "host", "port", "url"),
    [
        (None, None, None, "http://127.0.0.1:8000"),
        ({"port": 9000}, None, None, "http://127.0.0.1:9000"),
        ({"port": 9000}, "0.0.0.0", 80, "http://127.0.0.1:80"),
        ({"host": "10.1.2.3"}, None, 81, "http://10.1.2.3:81"),
        ({"host": "::"}, None, None, "http://[::1]:8000"),
    ],
    ids=["defaults", "from the file", "from the command line", "one of each", "IPv6"],
)
def test_where_to_look(
    options: dict[str, object] | None, host: str | None, port: int | None, url: str
) -> None:
    config, address = with_address({"http_options": options}, host, port)
    assert address.url == url
    assert config["http_options"] == {"host": address.host, "port": address.port}


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_number_that_is_no_port_is_refused(port: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--port", port, "serve_config.yaml"])
    assert stop.value.code == 2
    assert "give a number from 1 to 65535" in capfd.readouterr().err
