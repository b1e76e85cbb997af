"""What a replica gets of a cluster."""

from typing import Any

import pytest

from deployments.resources import Placement, fitting_threads, place
from deployments.settings import Settings


@pytest.mark.parametrize(
    ("cores", "replicas", "threads"),
    [
        pytest.param(1, 1, 1, id="one-core"),
        pytest.param(2, 1, 1, id="two-cores"),
        pytest.param(4, 1, 3, id="four-cores"),
        pytest.param(8, 3, 2, id="shared"),
        pytest.param(64, 1, 8, id="more-than-useful"),
        pytest.param(2, 5, 1, id="more-replicas-than-cores"),
    ],
)
def test_fitting_threads(cores: int, replicas: int, threads: int) -> None:
    assert fitting_threads(cores, replicas) == threads


@pytest.mark.parametrize(
    ("args", "cluster", "nodes", "placement"),
    [
        pytest.param({"engine": "mock"}, {"CPU": 1}, [1], Placement("cpu", 1, 0, 0), id="mock"),
        pytest.param({"model": "m"}, {"CPU": 4}, [4], Placement("cpu", 3, 3, 0), id="cpu"),
        pytest.param(
            {"model": "m"}, {"CPU": 16}, [4] * 4, Placement("cpu", 4, 4, 0), id="small-nodes"
        ),
        pytest.param(
            {"model": "m", "replicas": 2},
            {"CPU": 8, "GPU": 2},
            [8],
            Placement("cuda", 1, 1, 1),
            id="gpu",
        ),
        pytest.param(
            {"model": "m", "device": "cpu", "threads": 2},
            {"CPU": 8, "GPU": 2},
            [8],
            Placement("cpu", 2, 2, 0),
            id="cpu-by-choice",
        ),
    ],
)
def test_placement(
    args: dict[str, Any], cluster: dict[str, float], nodes: list[int], placement: Placement
) -> None:
    assert place(Settings.model_validate(args), cluster, nodes) == placement


@pytest.mark.parametrize(
    ("args", "cluster", "words"),
    [
        pytest.param({"device": "cuda"}, {"CPU": 4}, "cluster has 0", id="no-gpu"),
        pytest.param({"replicas": 3}, {"CPU": 4, "GPU": 2}, "cluster has 2", id="too-few-gpus"),
        pytest.param({"threads": 8}, {"CPU": 4}, "do not fit", id="too-many-threads"),
        pytest.param({"threads": 2, "replicas": 3}, {"CPU": 4}, "need 6 cores", id="too-many"),
        pytest.param({"replicas": 3}, {"CPU": 2}, "need 3 cores", id="too-many-replicas"),
    ],
)
def test_what_would_wait_for_ever_is_refused(
    args: dict[str, Any], cluster: dict[str, float], words: str
) -> None:
    settings = Settings.model_validate({"model": "m", **args})
    with pytest.raises(ValueError, match=words):
        place(settings, cluster, [int(cluster["CPU"])])
