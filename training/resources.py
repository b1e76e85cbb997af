"""What a run takes of the cluster, checked before it starts: Ray itself would wait for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import TrainingError
from training.options import TrainingOptions

Resources = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How many workers run, and what each of them takes."""

    num_workers: int
    cpus_per_worker: int
    use_gpu: bool


def plan_workers(
    options: TrainingOptions, total: Sequence[Resources], available: Sequence[Resources]
) -> WorkerPlan:
    """Choose workers that the cluster can start now, each of them on one node.

    `total` and `available` hold what each node has and what of it is free. Raises TrainingError
    that names what is missing, or what others hold.
    """
    gpus = int(_sum(total, "GPU"))
    use_gpu = gpus > 0 and not options.no_cuda
    num_workers = options.num_workers or (gpus if use_gpu else 1)
    # One core is left for the driver and the rest of the machine: a thread too many makes every
    # small matrix product wait for its turn on a core.
    free_cpus = int(_sum(available, "CPU")) - 1
    cpus = options.cpus_per_worker or max(1, free_cpus // num_workers)
    _require("CPU", num_workers * cpus, total, available, "--num-workers or --cpus-per-worker")
    if use_gpu:
        _require("GPU", num_workers, total, available, "--num-workers, or pass --no-cuda")
    if options.cpus_per_worker is None:
        while cpus > 1 and _places(available, cpus, use_gpu=use_gpu) < num_workers:
            cpus -= 1
    places = _places(available, cpus, use_gpu=use_gpu)
    if places < num_workers:
        each = f"{cpus} CPU and a GPU" if use_gpu else f"{cpus} CPU"
        raise TrainingError(
            f"{num_workers} workers need {each} each on one node, and the nodes have room for "
            f"{places} now; lower --num-workers or --cpus-per-worker"
        )
    return WorkerPlan(num_workers, cpus, use_gpu)


def _places(available: Sequence[Resources], cpus: int, *, use_gpu: bool) -> int:
    """How many workers fit, none of them on two nodes."""
    places = 0
    for node in available:
        on_cpus = int(node.get("CPU", 0)) // cpus
        places += min(on_cpus, int(node.get("GPU", 0))) if use_gpu else on_cpus
    return places


def _sum(nodes: Sequence[Resources], resource: str) -> float:
    return sum(node.get(resource, 0) for node in nodes)


def _require(
    resource: str,
    needed: int,
    total: Sequence[Resources],
    available: Sequence[Resources],
    lower: str,
) -> None:
    has, free = _sum(total, resource), _sum(available, resource)
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
