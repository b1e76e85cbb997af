"""A contestant's process, seen from the outside: it stays alive, and waits while others run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import THREADS
from benchmarks.closing import Closing
from benchmarks.models import BUILD, ROOT

LOGS = BUILD / "logs"
PAUSE_S = 0.3
"""Between two contestants: the threads of the last one stop spinning."""

ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "MKL_NUM_THREADS": str(THREADS),
    "OMP_NUM_THREADS": str(THREADS),
    "RAY_USAGE_STATS_ENABLED": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
}
"""Alike for all contestants."""


class ContestantFailed(RuntimeError):
    """A contestant's process has ended or said something else than a result."""


class Worker(Closing):
    """One contestant of `benchmarks.contestants`, loaded and waiting for calls."""

    def __init__(self, name: str) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = LOGS / f"{name}.log"
        with self.log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.contestants", name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env={**os.environ, **ENVIRONMENT},
            )
        self.settings = str(self._result())

    def call(self, method: str, **arguments: Any) -> Any:
        """Have the contestant do something, and wait for what it says."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"method": method, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        result = self._result()
        time.sleep(PAUSE_S)
        return result

    def close(self) -> None:
        """Let it end: there are no more calls."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _result(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ContestantFailed(f"{self.name} has ended; {_tail(self.log)}")
        return json.loads(line)["result"]


@contextmanager
def workers(names: Sequence[str]) -> Iterator[list[Worker]]:
    """Several contestants, all loaded, one after another."""
    with ExitStack() as stack:
        yield [stack.enter_context(Worker(name)) for name in names]


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"the end of {log}:\n" + "\n".join(lines[-15:])
