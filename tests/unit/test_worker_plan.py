"""What a run takes of a cluster, or says that it is missing."""

from pathlib import Path

import pytest

from schemas.errors import TrainingError
from training.options import TrainingOptions
from training.runs.resources import WorkerPlan, plan_workers


def options(**given: object) -> TrainingOptions:
    return TrainingOptions.model_validate(
        {"dataset": ["d"], "model": "m", "output": Path("o"), **given}
    )


@pytest.mark.parametrize(
    ("given", "total", "available", "plan"),
    [
        pytest.param({}, [{"CPU": 8}], [{"CPU": 8}], WorkerPlan(1, 1, 7, False), id="one-on-cpus"),
        pytest.param(
            {}, [{"CPU": 8}], [{"CPU": 6.5}], WorkerPlan(1, 1, 5, False), id="what-is-free"
        ),
        pytest.param(
            {"num_workers": 2},
            [{"CPU": 8}],
            [{"CPU": 8}],
            WorkerPlan(2, 2, 3, False),
            id="shared-out",
        ),
        pytest.param(
            {},
            [{"CPU": 16, "GPU": 2}],
            [{"CPU": 16, "GPU": 2}],
            WorkerPlan(2, 2, 7, True),
            id="gpus",
        ),
        pytest.param(
            {"no_cuda": True},
            [{"CPU": 16, "GPU": 2}],
            [{"CPU": 16, "GPU": 2}],
            WorkerPlan(1, 1, 15, False),
            id="no-cuda",
        ),
        pytest.param(
            {}, [{"CPU": 4}] * 2, [{"CPU": 4}] * 2, WorkerPlan(1, 1, 4, False), id="on-one-node"
        ),
        pytest.param(
            {},
            [{"CPU": 32}, {"CPU": 4, "GPU": 1}],
            [{"CPU": 32}, {"CPU": 3, "GPU": 1}],
            WorkerPlan(1, 1, 3, True),
            id="beside-the-gpu",
        ),
        pytest.param(
            {"num_workers": "1-4"},
            [{"CPU": 8}],
            [{"CPU": 8}],
            WorkerPlan(1, 4, 1, False),
            id="elastic",
        ),
        pytest.param(
            {"num_workers": "2-9"},
            [{"CPU": 4}],
            [{"CPU": 4}],
            WorkerPlan(2, 9, 1, False),
            id="elastic-beyond-what-is-there",
        ),
        pytest.param(
            {"num_workers": 3},
            [{"CPU": 3}] * 3,
            [{"CPU": 3}, {"CPU": 3}, {"CPU": 1}],
            WorkerPlan(3, 3, 1, False),
            id="fewer-threads-so-that-all-fit",
        ),
    ],
)
def test_workers_fit_the_cluster(
    given: dict[str, object],
    total: list[dict[str, float]],
    available: list[dict[str, float]],
    plan: WorkerPlan,
) -> None:
    assert plan_workers(options(**given), total, available) == plan


@pytest.mark.parametrize(
    ("given", "total", "available", "says"),
    [
        pytest.param(
            {"num_workers": 9},
            [{"CPU": 4}],
            [{"CPU": 4}],
            "needs 9 CPU, but the cluster has 4",
            id="cpu",
        ),
        pytest.param(
            {},
            [{"CPU": 2}],
            [{"CPU": 0.5}],
            "needs 1 CPU, but 0.5 of the cluster's 2 are free",
            id="cpu-in-use",
        ),
        pytest.param(
            {"num_workers": 3, "cpus_per_worker": 1},
            [{"CPU": 8, "GPU": 2}],
            [{"CPU": 8, "GPU": 2}],
            "needs 3 GPU, but the cluster has 2",
            id="gpu",
        ),
        pytest.param(
            {"num_workers": "3-4"},
            [{"CPU": 2}],
            [{"CPU": 2}],
            "needs 3 CPU, but the cluster has 2",
            id="fewer-than-the-least",
        ),
        pytest.param(
            {"mixed_precision": "fp16"},
            [{"CPU": 2}],
            [{"CPU": 2}],
            "fp16 needs a GPU; train with bf16",
            id="fp16-on-a-cpu",
        ),
        pytest.param(
            {"num_workers": 2, "cpus_per_worker": 3},
            [{"CPU": 4}] * 2,
            [{"CPU": 4}, {"CPU": 2.5}],
            "need 3 CPU each on one node, and the nodes have room for 1 now",
            id="no-node-has-room",
        ),
    ],
)
def test_what_is_missing_is_named_instead_of_waited_for(
    given: dict[str, object],
    total: list[dict[str, float]],
    available: list[dict[str, float]],
    says: str,
) -> None:
    with pytest.raises(TrainingError, match=says):
        plan_workers(options(**given), total, available)
