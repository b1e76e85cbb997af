"""Models that are shared out over two workers learn what whole ones learn."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from schemas.errors import TrainingError
from tests.tiny_models import make_bert, make_t5
from tests.training_jobs import changed, history_of, make_job
from tests.two_workers import train_with_two
from training.learning.checkpoints import MODEL_FOLDER, CheckpointStore
from training.learning.job import TrainingJob
from training.learning.loop import train
from training.learning.sharding import read_sharding
from training.runs.run_folder import RunFolder

FSDP = """
compute_environment: LOCAL_MACHINE
distributed_type: FSDP
mixed_precision: 'no'
num_machines: 1
num_processes: 2
fsdp_config:
  fsdp_version: 2
  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP
  fsdp_reshard_after_forward: true
  fsdp_state_dict_type: FULL_STATE_DICT
"""


def written(tmp_path: Path, text: str = FSDP) -> Path:
    path = tmp_path / "accelerate.yaml"
    path.write_text(text)
    return path


def weights(job: TrainingJob) -> dict[str, torch.Tensor]:
    best = CheckpointStore(RunFolder(job.folder).checkpoints).best()
    assert best is not None
    return load_file(best.folder / MODEL_FOLDER / "model.safetensors")


@pytest.mark.parametrize(
    ("make", "goes_on"),
    [pytest.param(make_bert, True, id="pointing"), pytest.param(make_t5, False, id="writing")],
)
def test_a_sharded_model_learns_as_a_whole_one(make: object, goes_on: bool, tmp_path: Path) -> None:
    assert callable(make)
    base = make(tmp_path / "base")
    # 27 examples: in the last update of an epoch one worker has nothing to compute.
    given: dict[str, Any] = {"train": 27, "schedule": "constant", "epochs": 1}
    jobs = [
        make_job(tmp_path / "whole", base, **given),
        make_job(tmp_path / "sharded", base, accelerate_config=written(tmp_path), **given),
    ]
    whole, sharded = (job.model_copy(update={"update_workers": 2}) for job in jobs)
    further = [changed(sharded, epochs=2)] if goes_on else []
    assert train_with_two(sharded, *further) == ["None", "None"]
    assert train(changed(whole, epochs=2) if goes_on else whole, lambda _: None) is None
    if goes_on:
        assert history_of(sharded).notes[0].text.startswith("goes on from the checkpoint of step 4")
    told, expected = history_of(sharded), history_of(whole)
    assert [step.loss for step in told.steps] == pytest.approx(
        [step.loss for step in expected.steps], rel=1e-3
    )
    assert [epoch.validation_loss for epoch in told.epochs] == pytest.approx(
        [epoch.validation_loss for epoch in expected.epochs], rel=1e-3
    )
    assert weights(sharded).keys() == weights(whole).keys()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("distributed_type: DEEPSPEED", "is DEEPSPEED; FSDP is what", id="deepspeed"),
        pytest.param(FSDP.replace("version: 2", "version: 1"), "must be 2", id="version"),
        pytest.param(FSDP + "  fsdp_shards: 2\n", "fsdp_config.fsdp_shards is not", id="unknown"),
        pytest.param("mixed_precision: bf16", "distributed_type is missing", id="no-type"),
        pytest.param("a: [", "is no YAML", id="no-yaml"),
    ],
)
def test_a_configuration_that_cannot_be_had_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        read_sharding(written(tmp_path, text))


def test_a_configuration_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot be read"):
        read_sharding(tmp_path / "none.yaml")
