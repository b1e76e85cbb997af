"""The evaluation command's own choices."""

import json
from pathlib import Path

import pytest
import torch

from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from summarizer.folder import load_engine, write_manifest
from summarizer.linear import Precision
from tests.tiny_models import make_t5
from training import evaluate
from training.evaluate import answers, device_for, main

RECORD = {
    "id": "1",
    "input": {"description": "The app crashes when I press the save button."},
    "output": {
        "environment": "Not stated",
        "actualBehavior": "The app crashes when I press the save button.",
        "expectedBehavior": "Not stated",
        "bugCategory": "crash",
        "suggestedSolution": "Not stated",
    },
}


def test_a_gpu_is_used_unless_it_must_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_for(no_cuda=False) == "cuda"
    assert device_for(no_cuda=True) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_for(no_cuda=False) == "cpu"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_t5(tmp_path_factory.mktemp("evaluated") / "model", gated=True, tied=False)
    manifest = ModelManifest(
        kind=ModelKind.ABSTRACTIVE,
        name="tiny",
        version="1",
        base_model="random",
        categories=["crash", "ui"],
    )
    write_manifest(made, manifest)
    return made


def test_the_command_evaluates_in_the_precision_that_it_is_told(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loaded: list[Precision] = []

    def noted(*arguments: object, precision: Precision) -> object:
        loaded.append(precision)
        return load_engine(*arguments, precision=precision)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluate, "load_engine", noted)
    dataset = tmp_path / "records.jsonl"
    dataset.write_text(json.dumps(RECORD) + "\n")
    told = ["--model", str(folder), "--dataset", str(dataset), "--no-cuda", "--threads", "1"]
    assert main([*told, "--precision", "float32"]) == 0
    assert main(told) == 0
    assert loaded == ["float32", "auto"]
    assert "bugCategory" in capsys.readouterr().out


def test_a_precision_that_the_device_does_not_have_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(folder), "--dataset", str(tmp_path / "none.jsonl"), "--no-cuda"]
    with pytest.raises(SystemExit) as exit_:
        main([*arguments, "--precision", "bfloat16"])
    assert exit_.value.code == 2
    assert "set precision to int8, float32 or auto" in capsys.readouterr().err


def test_answers_come_in_the_order_of_the_records(folder: Path) -> None:
    short = TrainingRecord.model_validate(RECORD)
    long = short.model_copy(
        update={"input": short.input.model_copy(update={"description": "It hangs. " * 30})}
    )
    both = answers(folder, [long, short], "cpu", 1, "float32")
    assert both == [answers(folder, [one], "cpu", 1, "float32")[0] for one in (long, short)]
    assert both[0] != both[1]
