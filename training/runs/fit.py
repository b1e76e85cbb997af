"""A training job on Ray: workers that are there, and what became of them."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray._private.state import available_resources_per_node
from ray.train import FailureConfig, RunConfig, ScalingConfig, TrainingFailedError

from schemas.errors import TrainingError
from schemas.manifest import ModelManifest
from training.learning.job import TrainingJob
from training.learning.worker import train_worker
from training.options import TrainingOptions
from training.runs.interruption import InterruptibleTrainer, termination_as_exception
from training.runs.resources import WorkerPlan, plan_workers
from training.runs.run_folder import RunFolder

_ANSWER_S = 10.0
_HOW_OFTEN_RAY_LOOKS = ("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.5")
"""How often Ray asks whether the workers are done, in seconds: its own 2 would end a run late."""


@contextmanager
def ray_for_the_run() -> Iterator[None]:
    """The Ray that is there already, or one for as long as the run takes.

    Raises TrainingError where `RAY_ADDRESS` names one that does not answer.
    """
    if ray.is_initialized():
        with termination_as_exception():
            yield
        return
    _require_answer(os.environ.get("RAY_ADDRESS", ""))
    # Workers say what is to be said in the run's file of events. The dashboard's processes
    # would take the cores from the run while it starts.
    try:
        ray.init(log_to_driver=False, include_dashboard=False)
    except ConnectionError as error:
        raise TrainingError(f"no Ray answers ({error}); start one, or unset RAY_ADDRESS") from error
    try:
        with termination_as_exception():
            yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    """Ray would wait for minutes for a cluster that is not there."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if not (colon and port.isdecimal()):
        # None, `auto` or `local`.
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S).close()
    except OSError as error:
        raise TrainingError(
            f"no Ray answers at {address} ({error.strerror or error}); start it, or unset "
            "RAY_ADDRESS"
        ) from error


def plan(options: TrainingOptions) -> WorkerPlan:
    """The workers that the cluster can start now; TrainingError that says what is missing."""
    return plan_workers(
        options,
        [node["Resources"] for node in ray.nodes() if node["Alive"]],  # type: ignore[no-untyped-call]
        # Ray has no public call that says what is free on each node.
        list(available_resources_per_node().values()),  # type: ignore[no-untyped-call]
    )


def fit(
    options: TrainingOptions,
    manifest: ModelManifest,
    folder: RunFolder,
    workers: WorkerPlan,
    update_workers: int,
) -> None:
    """Train, from the latest checkpoint on where there is one.

    Raises TrainingError where the run ended before its time; what it has learnt until its last
    checkpoint is not lost.
    """
    job = TrainingJob(
        options=options,
        manifest=manifest,
        folder=folder.path,
        threads=workers.cpus_per_worker,
        update_workers=update_workers,
    )
    os.environ.setdefault(*_HOW_OFTEN_RAY_LOOKS)
    try:
        result = _trainer(job, folder, workers).fit()
    except TrainingFailedError as error:
        raise TrainingError(
            f"the workers failed more than {options.max_failures} times, the last time with:\n"
            f"{_last_words(error)}\nGo on from the last checkpoint with --resume {folder.path}"
        ) from error
    stopped = (getattr(result, "return_value", None) or {}).get("stopped")
    if stopped is not None:
        raise TrainingError(f"the run in {folder.path} has stopped: {stopped}")


def _trainer(job: TrainingJob, folder: RunFolder, workers: WorkerPlan) -> InterruptibleTrainer:
    options = job.options
    # Ray's annotations are those of the version of Train before this one.
    worker: Any = train_worker
    count: Any = (workers.least, workers.most)
    return InterruptibleTrainer(
        worker,
        train_loop_config=job.model_dump(mode="json"),
        scaling_config=ScalingConfig(
            num_workers=workers.most if workers.least == workers.most else count,
            use_gpu=workers.use_gpu,
            resources_per_worker={
                "CPU": workers.cpus_per_worker,
                **({"GPU": 1} if workers.use_gpu else {}),
            },
        ),
        run_config=RunConfig(
            # A name that Ray has seen would make it look for checkpoints of its own.
            name=f"attempt-{_attempts(folder.ray) + 1}",
            storage_path=str(folder.ray),
            failure_config=FailureConfig(max_failures=options.max_failures),
        ),
    )


def _attempts(path: Path) -> int:
    return len(list(path.glob("attempt-*")))


def _last_words(error: TrainingFailedError) -> str:
    """The last line of what each worker died of."""
    failures = getattr(error, "worker_failures", None) or {0: error}
    return "\n".join(
        f"worker {rank}: {(str(failure).strip() or repr(failure)).splitlines()[-1]}"
        for rank, failure in failures.items()
    )
