"""What a run takes of the cluster, checked before it starts: Ray itself would wait for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import TrainingError
from training.options import TrainingOptions

Resources = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How many workers run, at least and at most, and what each of them takes."""

    least: int
    most: int
    cpus_per_worker: int
    use_gpu: bool


def plan_workers(
    options: TrainingOptions, total: Sequence[Resources], available: Sequence[Resources]
) -> WorkerPlan:
    """Choose workers of which the cluster can start the least now, each of them on one node.

    `total` and `available` hold what each node has and what of it is free. Raises TrainingError
    that names what is missing, or what others hold.
    """
    gpus = int(_sum(total, "GPU"))
    use_gpu = gpus > 0 and not options.no_cuda
    _check_precision(options, use_gpu=use_gpu)
    one_per_gpu = gpus if use_gpu else 1
    least, most = options.num_workers or (one_per_gpu, one_per_gpu)
    # One core is left for the driver and the rest of the machine: a thread too many makes every
    # small matrix product wait for its turn on a core.
    free_cpus = int(_sum(available, "CPU")) - 1
    cpus = options.cpus_per_worker or max(1, free_cpus // min(max(least, free_cpus), most))
    _require("CPU", least * cpus, total, available, "--num-workers or --cpus-per-worker")
    if use_gpu:
        _require("GPU", least, total, available, "--num-workers, or pass --no-cuda")
    if options.cpus_per_worker is None:
        while cpus > 1 and _places(available, cpus, use_gpu=use_gpu) < least:
            cpus -= 1
    places = _places(available, cpus, use_gpu=use_gpu)
    if places < least:
        each = f"{cpus} CPU and a GPU" if use_gpu else f"{cpus} CPU"
        raise TrainingError(
            f"{least} workers need {each} each on one node, and the nodes have room for "
            f"{places} now; lower --num-workers or --cpus-per-worker"
        )
    return WorkerPlan(least, most, cpus, use_gpu)


def _check_precision(options: TrainingOptions, *, use_gpu: bool) -> None:
    if use_gpu:
        return
    if options.mixed_precision == "fp16":
        raise TrainingError("--mixed-precision fp16 needs a GPU; train with bf16 or no on a CPU")


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
