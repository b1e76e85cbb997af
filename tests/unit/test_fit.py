"""What a run says when Ray's trainer comes back without a trained model."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from ray.train.v2.api.exceptions import WorkerGroupError

from schemas.errors import TrainingError
from schemas.manifest import ModelKind, ModelManifest
from training.options import TrainingOptions
from training.runs import fit as module
from training.runs.fit import fit
from training.runs.resources import WorkerPlan
from training.runs.run_folder import RunFolder


def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: Callable[[], object]
) -> RunFolder:
    folder = RunFolder(tmp_path)
    monkeypatch.setattr(module, "_trainer", lambda *_: SimpleNamespace(fit=outcome))
    options = TrainingOptions(dataset=("d",), model="m", output=tmp_path / "o")
    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE, name="m", version="1", base_model="b", categories=[]
    )
    fit(options, manifest, folder, WorkerPlan(1, 1, 1, use_gpu=False), 1)
    return folder


def test_a_run_that_stopped_says_why_and_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = "no room for a checkpoint; make room and go on with --resume"
    result = SimpleNamespace(return_value={"stopped": stopped})
    with pytest.raises(TrainingError) as caught:
        run(tmp_path, monkeypatch, lambda: result)
    assert caught.value.detail == f"the run in {tmp_path} has stopped: {stopped}"


def test_a_run_that_ended_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, monkeypatch, lambda: SimpleNamespace(return_value={"stopped": None}))


def test_workers_that_failed_too_often_are_named_with_their_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> object:
        error = RuntimeError("Traceback ...\n  in train\nValueError: shapes do not match\n")
        raise WorkerGroupError("all failed", {1: error})

    with pytest.raises(TrainingError) as caught:
        run(tmp_path, monkeypatch, failing)
    said = caught.value.detail
    assert "the workers failed more than 2 times, the last time with:" in said
    assert "worker 1: ValueError: shapes do not match\n" in said
    assert said.endswith(f"--resume {tmp_path}")
