"""`python -m deployments.launch serve_config.yaml`: `serve run`, watched.

`serve run` by itself says neither when the service answers nor, by its exit status, that it broke.
This process starts it, says where to look once `/ready` answers, hands each stop signal on exactly
once as the interrupt that shuts Ray down cleanly, and exits with 1 where the service failed.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any

import yaml

from deployments.configuration import MAX_PORT, BadConfiguration, read_configuration
from schemas.errors import ModelUnavailable

READY_TIMEOUT_S = 300.0
POLL_INTERVAL_S = 0.5
PROGRESS_INTERVAL_S = 30.0
ANSWER_TIMEOUT_S = 5.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "deployments.proxy:middlewares",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""No usage figures leave the machine, and clients may not override the server.

All that runs in the cluster inherits it, jobs as well. A variable that is already set stays as it
is.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the service listens."""

    host: str
    port: int

    @property
    def client_host(self) -> str:
        """The host for a client on this machine."""
        return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        """The address for a client on this machine."""
        host = self.client_host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def is_free(self) -> bool:
        """Whether nobody listens there yet."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            # As the server itself does: connections that are only waiting to expire do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError:
                return False
        return True


def with_address(
    config: Mapping[str, Any], host: str | None, port: int | None
) -> tuple[dict[str, Any], Address]:
    """The same Serve configuration with another host or port, and where it listens."""
    options = dict(config.get("http_options") or {})
    options["host"] = host or options.get("host", "127.0.0.1")
    options["port"] = port or options.get("port", 8000)
    return {**config, "http_options": options}, Address(options["host"], options["port"])


def watch(command: Sequence[str], address: Address, ready_timeout_s: float) -> int:
    """Run the service until it ends or is told to stop; the status to exit with.

    0 after a clean stop that was asked for; the service's own status, or 1, otherwise.
    """
    environment = {**ENVIRONMENT, **os.environ}
    with (
        _stop_signals() as signals,
        # In a session of its own, so that Ctrl-C in a terminal reaches it only through us.
        subprocess.Popen(command, env=environment, start_new_session=True) as service,  # noqa: S603
    ):
        readiness = _Readiness(address, ready_timeout_s)
        stopped = failed = False
        while (status := service.poll()) is None:
            if signals:
                stopped = True
                signals.clear()
                service.send_signal(signal.SIGINT)
            elif not stopped and not failed and readiness.is_hopeless():
                failed = True
                service.send_signal(signal.SIGINT)
            time.sleep(POLL_INTERVAL_S)
    if stopped:
        return status if status >= 0 else 128 - status
    if not failed:
        _say(f"The service ended by itself (status {status}).")
    return status if status > 0 else 1


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Collect the stop signals that come, in place of their default effect."""
    signals: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        signals.append(number)

    before = {number: signal.signal(number, note) for number in STOP_SIGNALS}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Readiness:
    """Asks `/ready` until the service answers, and says so once."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._started = self._told = time.monotonic()
        self._ready = False

    def is_hopeless(self) -> bool:
        """Ask once more, unless it was ready before; true where it failed or the time is up."""
        if self._ready:
            return False
        answer = _ask(self._address)
        now = time.monotonic()
        waited = now - self._started
        if answer == "200":
            self._ready = True
            _say(f"Ready: {self._address.url}/docs")
        elif answer == ModelUnavailable.slug:
            _say("The model cannot be started, stopping. The lines above say why.")
            return True
        elif waited > self._timeout_s:
            _say(f"Not ready after {waited:.0f} s ({answer}), stopping.")
            return True
        elif now - self._told > PROGRESS_INTERVAL_S:
            self._told = now
            _say(f"Not ready after {waited:.0f} s ({answer}), waiting.")
        return False


def _ask(address: Address) -> str:
    """The status of `/ready`, the slug of ModelUnavailable in its place, or why there is none."""
    connection = HTTPConnection(address.client_host, address.port, timeout=ANSWER_TIMEOUT_S)
    with closing(connection):
        try:
            connection.request("GET", "/ready")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            return type(error).__name__
    if answer.status == ModelUnavailable.status and ModelUnavailable.slug.encode() in body:
        return ModelUnavailable.slug
    return str(answer.status)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 1 to {MAX_PORT}")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, check the configuration and that the port is free, and serve."""
    parser = argparse.ArgumentParser(prog="python -m deployments.launch", description="Serve.")
    parser.add_argument("config", type=Path, help="a Ray Serve configuration file")
    parser.add_argument("--host", help="listen here and not where the file says")
    parser.add_argument("--port", type=_port, help="listen on this port and not on the file's")
    parser.add_argument(
        "--ready-timeout",
        type=float,
        default=READY_TIMEOUT_S,
        metavar="SECONDS",
        help="stop where it is not ready by then",
    )
    options = parser.parse_args(arguments)
    if not options.config.is_file():
        parser.error(f"there is no file {options.config}")
    try:
        given = read_configuration(options.config)
    except BadConfiguration as error:
        _say(str(error))
        return 1
    config, address = with_address(given, options.host, options.port)
    if not address.is_free():
        _say(
            f"Port {address.port} on {address.host} is taken. Stop what listens there, or choose "
            f"another: make serve PORT={address.port + 1}"
        )
        return 1
    serve = str(Path(sys.executable).with_name("serve"))
    if config == given:
        return watch([serve, "run", str(options.config)], address, options.ready_timeout)
    with tempfile.TemporaryDirectory(prefix="serve-config-") as folder:
        moved = Path(folder, options.config.name)
        moved.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        return watch([serve, "run", str(moved)], address, options.ready_timeout)


if __name__ == "__main__":
    sys.exit(main())
