"""What one replica gets of a machine or a cluster: a GPU, or as many threads as fit."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from deployments.settings import Settings

MAX_THREADS = 8
"""A small model gains nothing from more threads."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a replica's model runs, and what the replica asks the cluster for."""

    device: Literal["cpu", "cuda"]
    threads: int
    num_cpus: float
    num_gpus: float


def usable_cores() -> int:
    """The cores that this process may use, where the system says so, else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fitting_threads(cores: int, replicas: int) -> int:
    """Threads per replica so that one core is left for the rest of the service.

    One thread more than there are cores makes every small matrix product wait for its turn on a
    core, which costs far more than a thread brings.
    """
    return max(1, min(MAX_THREADS, (cores - 1) // replicas))


def place(
    settings: Settings, cluster: Mapping[str, float], cores_per_node: Sequence[int]
) -> Placement:
    """Give each replica what it needs of a cluster, or raise ValueError that says what is missing.

    `cluster` is what `ray.cluster_resources()` says; a replica stands on one node.
    """
    gpus = int(cluster.get("GPU", 0))
    replicas = settings.max_replicas
    if settings.engine == "mock":
        return Placement("cpu", threads=1, num_cpus=0, num_gpus=0)
    if settings.device == "cuda" or (settings.device == "auto" and gpus > 0):
        if gpus < (settings.replicas or 1):
            raise ValueError(
                f"{replicas} replicas need a GPU each and the cluster has {gpus}; lower replicas "
                "or set device: cpu"
            )
        threads = settings.threads or 1
        return Placement("cuda", threads, num_cpus=threads, num_gpus=1)
    cores = max(1, int(cluster.get("CPU", 1)))
    largest = max(cores_per_node, default=cores)
    threads = settings.threads or min(fitting_threads(cores, replicas), largest)
    if threads > largest:
        raise ValueError(
            f"{threads} threads do not fit on a machine of {largest} cores; lower threads"
        )
    if settings.replicas is not None and threads * settings.replicas > cores:
        raise ValueError(
            f"{settings.replicas} replicas of {threads} threads need "
            f"{settings.replicas * threads} cores and the cluster has {cores}; lower one of them"
        )
    return Placement("cpu", threads, num_cpus=threads, num_gpus=0)
