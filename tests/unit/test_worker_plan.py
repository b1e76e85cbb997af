"""What a run takes of a cluster, or says that it is missing."""

from pathlib import Path

import pytest

from schemas.errors import TrainingError
from training.options import TrainingOptions
from training.resources import WorkerPlan, plan_workers


def options(**given: object) -> TrainingOptions:
    return TrainingOptions.model_validate(
        {"dataset": Path("d"), "model": "m", "output": Path("o"), **given}
    )


@pytest.mark.parametrize(
    ("given", "total", "available", "plan"),
    [
        pytest.param({}, {"CPU": 8}, {"CPU": 8}, WorkerPlan(1, 7, False), id="one-on-cpus"),
        pytest.param({}, {"CPU": 8}, {"CPU": 6.5}, WorkerPlan(1, 5, False), id="what-is-free"),
        pytest.param(
            {"num_workers": 2}, {"CPU": 8}, {"CPU": 8}, WorkerPlan(2, 3, False), id="shared-out"
        ),
        pytest.param(
            {}, {"CPU": 16, "GPU": 2}, {"CPU": 16, "GPU": 2}, WorkerPlan(2, 7, True), id="gpus"
        ),
        pytest.param(
            {"no_cuda": True},
            {"CPU": 16, "GPU": 2},
            {"CPU": 16, "GPU": 2},
            WorkerPlan(1, 15, False),
            id="no-cuda",
        ),
    ],
)
def test_workers_fit_the_cluster(
    given: dict[str, object],
    total: dict[str, float],
    available: dict[str, float],
    plan: WorkerPlan,
) -> None:
    assert plan_workers(options(**given), total, available) == plan


@pytest.mark.parametrize(
    ("given", "total", "available", "says"),
    [
        pytest.param(
            {"num_workers": 9},
            {"CPU": 4},
            {"CPU": 4},
            "needs 9 CPU, but the cluster has 4",
            id="cpu",
        ),
        pytest.param(
            {},
            {"CPU": 2},
            {"CPU": 0.5},
            "needs 1 CPU, but 0.5 of the cluster's 2 are free",
            id="cpu-in-use",
        ),
        pytest.param(
            {"num_workers": 3, "cpus_per_worker": 1},
            {"CPU": 8, "GPU": 2},
            {"CPU": 8, "GPU": 2},
            "needs 3 GPU, but the cluster has 2",
            id="gpu",
        ),
    ],
)
def test_what_is_missing_is_named_instead_of_waited_for(
    given: dict[str, object], total: dict[str, float], available: dict[str, float], says: str
) -> None:
    with pytest.raises(TrainingError, match=says):
        plan_workers(options(**given), total, available)
