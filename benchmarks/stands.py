"""The servers that are measured: our service as it is shipped, and the peers."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks import STATIC_BATCH, THREADS, bodies
from benchmarks.bodies import Bodies
from benchmarks.models import BUILD, BUNDLED, ROOT
from benchmarks.servers import HOST, RAY_STOP_TIMEOUT_S, Server
from deployments.resources import place, usable_cores
from deployments.settings import Settings

CONFIGURATIONS = BUILD / "configurations"
OUR_SERVICE, OUR_PROCESS = "ours, Ray Serve", "ours, one process"
HAPROXY = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    # Else it takes half a minute to stop.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
}

THROUGHPUT = {**HAPROXY, "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1"}
"""Handles by gRPC, and no thread of its own for a replica's code."""


def project_python() -> str:
    """The interpreter of the project's own environment, without the peers; ours runs there."""
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def our_service(
    asked: Bodies,
    arguments: Mapping[str, Any],
    name: str = OUR_SERVICE,
    environment: Mapping[str, str] | None = None,
) -> Server:
    """`serve run` with the shipped configuration, but for the application's arguments.

    Paths are written relative to the project, as its settings take them.
    """
    arguments = {
        key: os.path.relpath(value, ROOT) if isinstance(value, Path) else value
        for key, value in arguments.items()
    }
    configuration = yaml.safe_load((ROOT / "serve_config.yaml").read_text(encoding="utf-8"))
    shipped = configuration["applications"][0]["args"]
    shipped.pop("model", None)
    shipped.update(arguments)
    path = _write(name, configuration)
    return Server(
        name,
        f"`serve run` with the shipped configuration and {_listed(arguments)}"
        + "".join(f", {key}={value}" for key, value in (environment or {}).items()),
        lambda port: [project_python(), "-m", "deployments.launch", "--port", str(port), str(path)],
        asked,
        environment or {},
        RAY_STOP_TIMEOUT_S,
    )


def our_replicas() -> int:
    """How many replicas the shipped configuration gives a model on this machine's CPU."""
    settings = Settings(model=BUNDLED, device="cpu")
    return place(settings, [{"CPU": usable_cores()}]).max_replicas


def our_process(asked: Bodies, model: Path | None, name: str = OUR_PROCESS) -> Server:
    """`uvicorn main:app`, with a model or with the mock engine."""
    return Server(
        name,
        f"`uvicorn main:app` with {'the mock engine' if model is None else 'the same model'}",
        lambda port: _uvicorn(project_python(), "main:app", port),
        asked,
        {"SUMMARIZER_MODEL": str(model)} if model else {},
    )


def plain_fastapi() -> Server:
    """A FastAPI app that calls `generate`."""
    return Server(
        "FastAPI around generate",
        f"one report at a time, {THREADS} threads",
        lambda port: _uvicorn(
            sys.executable, "benchmarks.contestants.plain:create_app", port, "--factory"
        ),
        bodies.peer_abstractive("/summarize"),
    )


def litserve_generate() -> Server:
    """LitServe with batching around `generate`."""
    return Server(
        "LitServe around generate",
        f"batches of at most {STATIC_BATCH}, 50 ms for company, {THREADS} threads, no time-out",
        lambda port: _litserve("generate", port),
        bodies.peer_abstractive("/predict"),
    )


def serve_batch() -> Server:
    """Ray Serve with `@serve.batch` around `generate`."""
    application = {
        "name": "batched",
        "route_prefix": "/",
        "import_path": "benchmarks.contestants.batched:build",
        "args": {},
    }

    def command(port: int) -> Sequence[str]:
        path = _write(
            "serve-batch",
            {"http_options": {"host": HOST, "port": port}, "applications": [application]},
        )
        return [project_python(), "-m", "ray.serve.scripts", "run", str(path)]

    return Server(
        "@serve.batch around generate",
        f"batches of at most {STATIC_BATCH}, 50 ms for company, {THREADS} threads, 1,024 places",
        command,
        bodies.peer_abstractive("/"),
        stop_timeout_s=RAY_STOP_TIMEOUT_S,
    )


def litserve_encoder(texts: Sequence[str], width: int, batch_size: int) -> Server:
    """LitServe with batching around sentence-transformers, which cuts a batch up again."""
    return Server(
        "LitServe around sentence-transformers",
        f"batches of at most {STATIC_BATCH}, 50 ms for company, {THREADS} threads; "
        f"`encode` sorts them by length and takes {batch_size} at a time",
        lambda port: _litserve("encode", port, batch_size),
        bodies.peer_encoder("/predict", texts, width),
    )


def litserve_mock() -> Server:
    """LitServe that answers at once, without batching."""
    return Server(
        "LitServe",
        "a fixed answer, no batching",
        lambda port: _litserve("mock", port),
        bodies.peer_mock("/predict"),
    )


def _uvicorn(python: str, app: str, port: int, *options: str) -> list[str]:
    return [python, "-m", "uvicorn", app, *options, "--host", HOST, "--port", str(port)]


def _litserve(kind: str, port: int, *options: int) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.contestants.lit", kind, str(port)]
    return [*command, *map(str, options)]


def _write(name: str, configuration: object) -> Path:
    CONFIGURATIONS.mkdir(parents=True, exist_ok=True)
    path = CONFIGURATIONS / f"{name.replace(' ', '-').replace(',', '')}.yaml"
    path.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
    return path


def _listed(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in arguments.items())
