"""Temperatures and thresholds fitted to records of their own."""

import json
from pathlib import Path

import pytest

from schemas.manifest import FILE_NAME, ModelKind, ModelManifest
from schemas.summary import FieldName
from tests.tiny_models import make_bert, make_t5
from training.calibrate import best_threshold, main
from training.evaluation.scores import FieldScores
from training.learning.tasks import load_task
from training.options import TrainingOptions


def pointing_folder(folder: Path) -> Path:
    options = TrainingOptions(
        dataset=("unused",), model=str(make_bert(folder / "bert")), output=Path("unused")
    )
    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE, name="tiny", version="1", base_model="b", categories=["crash"]
    )
    load_task(options, ["crash"]).save(folder / "model", manifest)
    return folder / "model"


def scored(confidence: float, *, stated: bool, right: bool, missing: bool = False) -> FieldScores:
    return FieldScores(stated, missing, right, right, 0, 0, 0, 0, None, confidence)


def test_a_threshold_drops_what_is_wrong_more_often_than_right() -> None:
    sure = [scored(0.8, stated=True, right=True) for _ in range(20)]
    unsure = [scored(0.3, stated=False, right=False) for _ in range(5)]
    lucky = [scored(0.3, stated=True, right=True) for _ in range(2)]
    assert best_threshold([*sure, *unsure, *lucky]) == 0.8
    assert best_threshold([*sure, *unsure[:2], *lucky]) == 0.0
    assert best_threshold([*sure, *unsure[:3], *lucky]) == 0.8
    assert best_threshold(sure) == 0.0


def test_all_answers_of_a_confidence_are_dropped_together() -> None:
    scores = [scored(0.3, stated=False, right=False), scored(0.3, stated=True, right=True)]
    assert best_threshold(scores) == 0.0


def test_it_writes_into_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pointing_folder(tmp_path)
    record = {
        "id": "r",
        "input": {"description": "The app crashes. It should not."},
        "output": {
            "environment": "Not stated",
            "actualBehavior": "The app crashes.",
            "expectedBehavior": "It should not.",
            "bugCategory": "crash",
            "suggestedSolution": "Not stated",
        },
    }
    data = tmp_path / "records.jsonl"
    data.write_text("".join(json.dumps({**record, "id": str(at)}) + "\n" for at in range(4)))
    before = (folder / "model.safetensors").read_bytes()
    assert main(["--model", str(folder), "--dataset", str(data)]) == 0
    manifest = json.loads((folder / FILE_NAME).read_text())
    assert set(manifest["temperatures"]) >= {FieldName.ACTUAL_BEHAVIOR, FieldName.EXPECTED_BEHAVIOR}
    assert manifest["offsets"].keys() == manifest["temperatures"].keys()
    assert (folder / "model.safetensors").read_bytes() == before
    printed = capsys.readouterr().out
    assert "actualBehavior" in printed
    assert "offset" in printed


def test_a_model_that_writes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_t5(tmp_path / "t5")
    data = Path("data/held_out.jsonl")
    assert main(["--model", str(folder), "--dataset", str(data)]) == 2
    assert "for extractive models only" in capsys.readouterr().err
