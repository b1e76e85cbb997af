"""What one replica gets of a machine or a cluster: a GPU, or as many threads as fit."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from deployments.settings import Settings

Resources = Mapping[str, float]
"""Amounts by their names, as `ray.nodes()` says them of each node."""

MAX_THREADS = 8
"""A bound that was chosen and not measured; `threads` sets any other number."""

REPLICAS_ON_CPU = 2
"""Where there are the cores, and no other number is set.

The threads of one replica wait for each other after every operation, so whatever else takes a core
for a moment stops them all. Two replicas go on, each with its share of the cores.
"""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a replica's model runs, what the replica books in the cluster, and how many there are.

    Between `min_replicas` and `max_replicas` Serve chooses.
    """

    device: Literal["cpu", "cuda"]
    threads: int
    num_cpus: float
    num_gpus: float
    min_replicas: int = 1
    max_replicas: int = 1


def usable_cores() -> int:
    """The cores that this process may use, where the system says so, else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fitting_threads(cores: int, replicas: int) -> int:
    """Threads per replica so that all replicas together have no more than there are cores.

    One thread more makes every small matrix product wait for its turn on a core, which costs far
    more than a thread brings. A core for the rest of the service, which needs little, would mostly
    be idle: on two cores it costs an eighth to a third of the throughput.
    """
    return max(1, min(MAX_THREADS, cores // replicas))


def place(settings: Settings, nodes: Sequence[Resources]) -> Placement:
    """Give each replica what it needs of a cluster, or raise ValueError that says what is missing.

    What has to fit is the least number of replicas, each on one node.
    """
    gpus = _places(nodes, {"GPU": 1})
    on_gpu = settings.device == "cuda" or (settings.device == "auto" and gpus > 0)
    needed, most = _replicas(settings, nodes, on_gpu)
    if settings.engine == "mock":
        return Placement("cpu", 1, num_cpus=0, num_gpus=0, min_replicas=needed, max_replicas=most)
    fewer = "lower autoscaling.min_replicas" if settings.autoscaling else "lower replicas"
    if on_gpu and gpus < needed:
        raise ValueError(
            f"the cluster has a GPU for {gpus} of {needed} replica(s); "
            + (f"{fewer} or set device: cpu" if gpus else "set device: cpu")
        )
    chosen = settings.threads or (1 if on_gpu else None)
    threads = chosen or _automatic_threads(nodes, most)
    places = _places(nodes, {"CPU": threads, "GPU": 1} if on_gpu else {"CPU": threads})
    if places < needed:
        ways = [fewer] * (places > 0) + ["lower threads"] * (threads > 1) + ["add cores"]
        raise ValueError(
            f"the cluster's {_places(nodes, {'CPU': 1})} core(s) on {len(nodes)} node(s) have room "
            f"for {places} of {needed} replica(s) of {threads} thread(s); {' or '.join(ways)}"
        )
    num_cpus = chosen or _booked_cores(nodes, most, threads)
    return Placement("cuda" if on_gpu else "cpu", threads, num_cpus, int(on_gpu), needed, most)


def _replicas(settings: Settings, nodes: Sequence[Resources], on_gpu: bool) -> tuple[int, int]:
    """The least and the greatest number of replicas."""
    if settings.autoscaling is not None:
        return settings.autoscaling.min_replicas, settings.autoscaling.max_replicas
    if settings.replicas is not None:
        return settings.replicas, settings.replicas
    if on_gpu or settings.engine == "mock":
        return 1, 1
    automatic = max(1, min(REPLICAS_ON_CPU, _places(nodes, {"CPU": settings.threads or 1})))
    return automatic, automatic


def _automatic_threads(nodes: Sequence[Resources], replicas: int) -> int:
    """A replica's share of all cores, or less where the nodes' sizes would leave a replica out."""
    threads = fitting_threads(_places(nodes, {"CPU": 1}), replicas)
    while threads > 1 and _places(nodes, {"CPU": threads}) < replicas:
        threads -= 1
    return threads


def _booked_cores(nodes: Sequence[Resources], replicas: int, threads: int) -> float:
    """What a replica books of the cores that it uses: one is left, for jobs beside the service.

    Where not all replicas can have their threads, each books them all, so that no more of them
    start than there are cores.
    """
    spare = _places(nodes, {"CPU": 1}) - 1
    if not spare or _places(nodes, {"CPU": threads}) < replicas:
        return threads
    # Whole cores, or below that hundredths.
    return min(threads, spare // replicas or math.floor(100 * spare / replicas) / 100)


def _places(nodes: Sequence[Resources], needs: Resources) -> int:
    """How many replicas with such needs the nodes hold."""
    return sum(
        min(int(node.get(name, 0) // amount) for name, amount in needs.items()) for node in nodes
    )
