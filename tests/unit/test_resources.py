"""What a replica gets of a cluster."""

import re
from typing import Any

import pytest

from deployments.resources import Placement, fitting_threads, place
from deployments.settings import Settings


@pytest.mark.parametrize(
    ("cores", "replicas", "threads"),
    [
        pytest.param(1, 1, 1, id="one-core"),
        pytest.param(2, 1, 2, id="two-cores"),
        pytest.param(4, 1, 4, id="four-cores"),
        pytest.param(8, 3, 2, id="shared"),
        pytest.param(64, 1, 8, id="more-than-useful"),
        pytest.param(2, 5, 1, id="more-replicas-than-cores"),
    ],
)
def test_fitting_threads(cores: int, replicas: int, threads: int) -> None:
    assert fitting_threads(cores, replicas) == threads


CORES_333 = [{"CPU": 3.0}] * 3


@pytest.mark.parametrize(
    ("args", "nodes", "placement"),
    [
        pytest.param({"engine": "mock"}, [{"CPU": 4}], Placement("cpu", 1, 0, 0, 1, 1), id="mock"),
        pytest.param({}, [{"CPU": 4}], Placement("cpu", 2, 1, 0, 2, 2), id="cpu"),
        pytest.param({}, [{"CPU": 2}], Placement("cpu", 1, 0.5, 0, 2, 2), id="a-core-for-a-job"),
        pytest.param({}, [{"CPU": 1}], Placement("cpu", 1, 1, 0, 1, 1), id="one-core"),
        pytest.param({}, [{"CPU": 4}] * 4, Placement("cpu", 4, 4, 0, 2, 2), id="small-nodes"),
        pytest.param({}, [{"CPU": 64}], Placement("cpu", 8, 8, 0, 2, 2), id="more-than-useful"),
        pytest.param(
            {"replicas": 1}, [{"CPU": 2}], Placement("cpu", 2, 1, 0, 1, 1), id="one-by-choice"
        ),
        pytest.param(
            {"threads": 3}, [{"CPU": 4}], Placement("cpu", 3, 3, 0, 1, 1), id="room-for-one"
        ),
        pytest.param(
            {"replicas": 3}, [{"CPU": 3}], Placement("cpu", 1, 0.66, 0, 3, 3), id="shares-of-cores"
        ),
        pytest.param(
            {"replicas": 3}, CORES_333, Placement("cpu", 3, 2, 0, 3, 3), id="one-per-node"
        ),
        pytest.param(
            {"replicas": 4},
            CORES_333,
            Placement("cpu", 1, 1, 0, 4, 4),
            id="fewer-threads-so-that-all-fit",
        ),
        pytest.param(
            {"autoscaling": {"max_replicas": 8}},
            [{"CPU": 4}],
            Placement("cpu", 1, 1, 0, 1, 8),
            id="the-most-replicas-need-not-fit",
        ),
        pytest.param(
            {"autoscaling": {"max_replicas": 8}},
            [{"CPU": 4, "GPU": 1}],
            Placement("cuda", 1, 1, 1, 1, 8),
            id="the-most-replicas-need-not-have-a-gpu",
        ),
        pytest.param(
            {"autoscaling": {"min_replicas": 2, "max_replicas": 3}},
            [{"CPU": 7}],
            Placement("cpu", 2, 2, 0, 2, 3),
            id="autoscaling",
        ),
        pytest.param({}, [{"CPU": 8, "GPU": 2}], Placement("cuda", 1, 1, 1, 1, 1), id="gpu"),
        pytest.param(
            {"replicas": 2}, [{"CPU": 8, "GPU": 2}], Placement("cuda", 1, 1, 1, 2, 2), id="two-gpus"
        ),
        pytest.param(
            {"device": "cpu", "threads": 2},
            [{"CPU": 8, "GPU": 2}],
            Placement("cpu", 2, 2, 0, 2, 2),
            id="cpu-by-choice",
        ),
    ],
)
def test_placement(
    args: dict[str, Any], nodes: list[dict[str, float]], placement: Placement
) -> None:
    assert place(Settings.model_validate({"model": "m", **args}), nodes) == placement


GPU_ELSEWHERE = [{"CPU": 8.0}, {"CPU": 1.0, "GPU": 1.0}]


@pytest.mark.parametrize(
    ("args", "nodes", "message"),
    [
        pytest.param(
            {"device": "cuda"},
            [{"CPU": 4}],
            "the cluster has a GPU for 0 of 1 replica(s); set device: cpu",
            id="no-gpu",
        ),
        pytest.param(
            {"device": "cuda", "autoscaling": {"max_replicas": 8}},
            [{"CPU": 4}],
            "the cluster has a GPU for 0 of 1 replica(s); set device: cpu",
            id="no-gpu-to-scale-with",
        ),
        pytest.param(
            {"replicas": 3},
            [{"CPU": 4, "GPU": 2}],
            "the cluster has a GPU for 2 of 3 replica(s); lower replicas or set device: cpu",
            id="too-few-gpus",
        ),
        pytest.param(
            {"autoscaling": {"min_replicas": 4, "max_replicas": 4}},
            [{"CPU": 4, "GPU": 1}],
            "the cluster has a GPU for 1 of 4 replica(s); "
            "lower autoscaling.min_replicas or set device: cpu",
            id="too-few-gpus-for-the-least-replicas",
        ),
        pytest.param(
            {"threads": 2},
            GPU_ELSEWHERE,
            "the cluster's 9 core(s) on 2 node(s) have room for 0 of 1 replica(s) of 2 thread(s); "
            "lower threads or add cores",
            id="too-few-cores-beside-the-gpu",
        ),
        pytest.param(
            {"threads": 8},
            [{"CPU": 4}],
            "the cluster's 4 core(s) on 1 node(s) have room for 0 of 1 replica(s) of 8 thread(s); "
            "lower threads or add cores",
            id="too-many-threads",
        ),
        pytest.param(
            {"threads": 2, "replicas": 4},
            CORES_333,
            "the cluster's 9 core(s) on 3 node(s) have room for 3 of 4 replica(s) of 2 thread(s); "
            "lower replicas or lower threads or add cores",
            id="a-replica-left-out",
        ),
        pytest.param(
            {"replicas": 3},
            [{"CPU": 2}],
            "the cluster's 2 core(s) on 1 node(s) have room for 2 of 3 replica(s) of 1 thread(s); "
            "lower replicas or add cores",
            id="too-many-replicas",
        ),
        pytest.param(
            {"autoscaling": {"min_replicas": 4, "max_replicas": 4}},
            [{"CPU": 2}],
            "the cluster's 2 core(s) on 1 node(s) have room for 2 of 4 replica(s) of 1 thread(s); "
            "lower autoscaling.min_replicas or add cores",
            id="the-least-replicas-are-too-many",
        ),
        pytest.param(
            {},
            [{"memory": 1.0}],
            "the cluster's 0 core(s) on 1 node(s) have room for 0 of 1 replica(s) of 1 thread(s); "
            "add cores",
            id="no-core",
        ),
    ],
)
def test_what_would_wait_for_ever_is_refused(
    args: dict[str, Any], nodes: list[dict[str, float]], message: str
) -> None:
    settings = Settings.model_validate({"model": "m", **args})
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        place(settings, nodes)
