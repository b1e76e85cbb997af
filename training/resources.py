"""What a run takes of the cluster, checked before it starts: Ray itself would wait for ever."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import TrainingError
from training.options import TrainingOptions


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How many workers run, and what each of them takes."""

    num_workers: int
    cpus_per_worker: int
    use_gpu: bool


def plan_workers(
    options: TrainingOptions, total: Mapping[str, float], available: Mapping[str, float]
) -> WorkerPlan:
    """Choose workers that the cluster can start now.

    `total` and `available` are `ray.cluster_resources()` and `ray.available_resources()`. Raises
    TrainingError that names what is missing, or what others hold.
    """
    gpus = int(total.get("GPU", 0))
    use_gpu = gpus > 0 and not options.no_cuda
    num_workers = options.num_workers or (gpus if use_gpu else 1)
    free_cpus = int(available.get("CPU", 0))
    # One core is left for the driver and the rest of the machine: a thread too many makes every
    # small matrix product wait for its turn on a core.
    cpus = options.cpus_per_worker or max(1, (free_cpus - 1) // num_workers)
    _require("CPU", num_workers * cpus, total, available, "--num-workers or --cpus-per-worker")
    if use_gpu:
        _require("GPU", num_workers, total, available, "--num-workers, or pass --no-cuda")
    return WorkerPlan(num_workers, cpus, use_gpu)


def _require(
    resource: str,
    needed: int,
    total: Mapping[str, float],
    available: Mapping[str, float],
    lower: str,
) -> None:
    has, free = total.get(resource, 0), available.get(resource, 0)
    if needed > has:
        raise TrainingError(
            f"the run needs {needed} {resource}, but the cluster has {has:g}; lower {lower}, or "
            "add nodes"
        )
    if needed > free:
        raise TrainingError(
            f"the run needs {needed} {resource}, but {free:g} of the cluster's {has:g} are free; "
            f"lower {lower}, or stop what holds the others (`serve shutdown` for the service)"
        )
