"""Servers for the load generator: started, waited for, measured and stopped, one at a time."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.bodies import Bodies
from benchmarks.load import HEADERS, OK
from benchmarks.models import ROOT
from benchmarks.worker import ENVIRONMENT, LOGS

HOST = "127.0.0.1"
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 5.0
RAY_STOP_TIMEOUT_S = 60.0
POLL_S = 0.05


class ServerFailed(RuntimeError):
    """A server has ended, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Server:
    """One contestant behind HTTP. `command` takes the port; `settings` says what it runs with.

    After `stop_timeout_s` it is killed: a peer with a backlog would work it off for minutes.
    """

    name: str
    settings: str
    command: Callable[[int], Sequence[str]]
    bodies: Bodies
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_timeout_s: float = STOP_TIMEOUT_S


class RunningServer:
    """A server that answers. `start_up_s` is the time from its start to its first answer."""

    def __init__(self, server: Server) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.server = server
        self.url = f"http://{HOST}:{port}"
        self._log = LOGS / f"{server.name.replace(' ', '-').replace('/', '-')}.log"
        started = time.perf_counter()
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                server.command(port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **ENVIRONMENT, **server.environment},
                start_new_session=True,
            )
        try:
            self._wait_for_answer(port)
        except BaseException:
            self.stop()
            raise
        self.start_up_s = time.perf_counter() - started

    def memory(self) -> dict[str, list[int]]:
        """Resident bytes of each process, by what it is."""
        found: dict[str, list[int]] = {}
        root = psutil.Process(self._process.pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                title = (process.cmdline() or [process.name()])[0]
                resident = process.memory_info().rss
            except psutil.Error:
                continue
            title = title.rsplit("/", 1)[-1]
            found.setdefault(title, []).append(resident)
        return found

    def stop(self) -> None:
        """As Ctrl-C does; what does not end then is killed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(self.server.stop_timeout_s)
        except subprocess.TimeoutExpired:
            print(f"  {self.server.name} does not stop and is killed", flush=True)
        # Also what it started and left behind.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait_for_answer(self, port: int) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        body = self.server.bodies.next()
        while True:
            status = _post(port, self.server.bodies.path, body)
            if status == OK:
                return
            if self._process.poll() is not None or time.monotonic() > until:
                tail = self._log.read_text(encoding="utf-8", errors="replace")[-2_000:]
                raise ServerFailed(f"{self.server.name} does not answer; {self._log} ends:\n{tail}")
            time.sleep(POLL_S)


@contextmanager
def running(server: Server) -> Iterator[RunningServer]:
    """A server for the length of a block."""
    answering = RunningServer(server)
    try:
        yield answering
    finally:
        answering.stop()


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _post(port: int, path: str, body: bytes) -> int | None:
    """The status of one request, or None where there is no answer."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=START_TIMEOUT_S)) as connection:
        try:
            connection.request("POST", path, body, HEADERS)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        return answer.status
