"""Real runs of `train.py` on Ray Train, with tiny models, and the folders that come out served."""

import json
from pathlib import Path

import httpx
import pytest

from deployments.local import create_local_app
from deployments.settings import Settings
from schemas.errors import TrainingError
from schemas.manifest import ModelKind, ModelManifest
from schemas.summary import NOT_STATED, FieldName
from summarizer.folder import load_engine
from tests.servers import running_app
from tests.tiny_models import make_bert, make_t5
from training.cli import main
from training.learning.tasks import load_task
from training.options import TrainingOptions
from training.runs.run import run

PLACES = ("list", "form", "page", "window", "editor", "menu", "dialog", "report", "file", "order")


pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.usefixtures("ray_cluster")]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Forty records and one line that is no record."""
    path = tmp_path / "annotated.jsonl"
    lines = [
        json.dumps(
            {
                "id": f"report-{number}",
                "input": {
                    "description": f"Open the {place} {number}. The {place} crashes. "
                    f"The {place} should be saved."
                },
                "output": {
                    "environment": "",
                    "actualBehavior": f"The {place} crashes.",
                    "expectedBehavior": f"The {place} should be saved.",
                    "bugCategory": "crash" if number % 2 else "data",
                    "suggestedSolution": "Not stated",
                },
            }
        )
        for number, place in enumerate(PLACES * 4)
    ]
    path.write_text("\n".join([*lines[:20], '{"input": {}}', *lines[20:]]) + "\n")
    return path


def train(tmp_path: Path, dataset: Path, base: Path, **given: object) -> Path:
    return run(
        TrainingOptions.model_validate(
            {
                "dataset": [str(dataset)],
                "model": str(base),
                "output": tmp_path / "models" / "mine",
                "runs_folder": tmp_path / "runs",
                "epochs": 2,
                "batch_size": 4,
                "num_workers": 2,
                "no_cuda": True,
                **given,
            }
        )
    )


def answer_of(folder: Path) -> dict[str, object]:
    app = create_local_app(Settings(model=folder))
    with running_app(app) as url:
        response = httpx.post(
            f"{url}/inference",
            json={
                "id": "r",
                "input": {"description": "The page crashes.", "env": {"os": "Linux"}},
            },
            timeout=30,
        )
    assert response.status_code == 200, response.text
    answer: dict[str, object] = response.json()
    return answer


def check(folder: Path, kind: ModelKind, printed: str) -> None:
    """A model folder that is whole, whose making was told, and which the service serves."""
    manifest = ModelManifest.model_validate_json((folder / "summarizer.json").read_text())
    assert manifest.kind is kind
    assert manifest.name == "mine"
    assert manifest.categories == ["crash", "data"]
    assert set(manifest.metrics["heldOut"]["fields"]) == {name.value for name in FieldName}
    card = (folder / "README.md").read_text()
    assert "keyword rules" in card
    assert "actualBehavior" in card

    assert "line 21" in printed
    assert "40 of 41 lines are usable" in printed
    assert "macro-F1" in printed

    answer = answer_of(folder)
    assert answer["model"] == {"name": "mine", "version": "0.1.0"}
    summary = answer["summary"]
    assert isinstance(summary, dict)
    assert summary["environment"] == "OS: Linux"
    # A model that writes may also say that no category is stated; it may say nothing else.
    not_stated = {NOT_STATED} if kind is ModelKind.ABSTRACTIVE else set()
    assert summary["bugCategory"] in {"crash", "data"} | not_stated


def test_two_workers_teach_a_model_to_write(
    tmp_path: Path, dataset: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = train(tmp_path, dataset, make_t5(tmp_path / "base"), base_model="some/hub-model")
    check(folder, ModelKind.ABSTRACTIVE, capfd.readouterr().out)
    manifest = ModelManifest.model_validate_json((folder / "summarizer.json").read_text())
    assert manifest.base_model == "some/hub-model"


def test_a_trained_folder_is_trained_further_and_replaced_whole(
    tmp_path: Path, dataset: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "models" / "mine"
    manifest = ModelManifest(
        kind=ModelKind.EXTRACTIVE,
        name="mine",
        version="0.1.0",
        base_model="bert",
        categories=["crash", "data"],
    )
    options = TrainingOptions(
        dataset=("d",), model=str(make_bert(tmp_path / "bert")), output=base, no_cuda=True
    )
    load_task(options, manifest.categories).save(base, manifest)
    left_over = base / "left_over.txt"
    left_over.write_text("from before")
    again = train(tmp_path, dataset, base, num_workers=1, weights_dtype="float16")
    assert again == base
    assert not left_over.exists()
    assert (again / "model.safetensors").stat().st_mode & 0o044
    assert load_engine(again, "auto", "cpu", 1).manifest.base_model == "mine 0.1.0"
    check(again, ModelKind.EXTRACTIVE, capfd.readouterr().out)


def test_more_workers_than_the_cluster_has_are_refused_at_once(
    tmp_path: Path, dataset: Path
) -> None:
    with pytest.raises(TrainingError, match="needs 3 CPU, but the cluster has 2"):
        train(tmp_path, dataset, make_bert(tmp_path / "bert"), num_workers=3)


def test_too_many_bad_lines_end_the_command_before_training(
    tmp_path: Path, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset.write_text(dataset.read_text() + "no json\n" * 5)
    arguments = ["--dataset", str(dataset), "--model", str(make_bert(tmp_path / "bert"))]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "line 21" in error
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_model_is_not_overwritten(
    tmp_path: Path, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "notes.txt").write_text("keep me")
    arguments = ["--dataset", str(dataset), "--model", str(make_bert(tmp_path / "bert"))]
    assert main([*arguments, "--output", str(precious)]) == 2
    assert "is no model folder" in capsys.readouterr().err
    assert (precious / "notes.txt").read_text() == "keep me"
