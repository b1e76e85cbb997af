"""What a run is told and may be told again: its record, its lock, its command line."""

import json
import os
import shutil
from pathlib import Path

import pytest

from schemas.errors import TrainingError
from tests.tiny_models import make_bert, make_t5
from training import cli
from training.data.token_counter import token_counter
from training.learning.pointing import PointingTask
from training.learning.tasks import base_config, load_task
from training.learning.writing import WritingTask
from training.options import TrainingOptions
from training.runs.lock import locked
from training.runs.run_record import base_hash, check_base, new_record, read_record


def options(tmp_path: Path, **given: object) -> TrainingOptions:
    return TrainingOptions.model_validate(
        {"dataset": ["d.jsonl"], "model": str(tmp_path), "output": tmp_path / "o", **given}
    )


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    record = new_record(options(tmp_path, num_workers="1-4", lora_targets=["q", "v"]))
    record.write(tmp_path / "run.json")
    assert read_record(tmp_path / "run.json") == record
    assert json.loads((tmp_path / "run.json").read_text())["options"]["num_workers"] == "1-4"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_record_holds_no_secret_of_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATASET_TOKEN", "hunter2")
    given = options(tmp_path, dataset=["https://me:hunter2@example.com/a.jsonl?key=hunter2"])
    new_record(given).write(tmp_path / "run.json")
    assert "hunter2" not in (tmp_path / "run.json").read_text()


def test_an_address_that_was_cut_is_not_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = options(tmp_path, dataset=["https://example.com/export?project=5"])
    new_record(given).write(tmp_path / "run.json")
    assert cli.main(["--resume", str(tmp_path)]) == 2
    assert "saved without its query" in capsys.readouterr().err
    assert not new_record(options(tmp_path, dataset=["https://example.com/e"])).has_cut_addresses


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="is no run's folder"):
        read_record(tmp_path / "run.json")
    (tmp_path / "run.json").write_text('{"options": 3}')
    with pytest.raises(TrainingError, match="is no record of a run"):
        read_record(tmp_path / "run.json")


def test_another_base_model_is_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"before")
    record = new_record(options(tmp_path))
    check_base(record)
    weights.write_bytes(b"after")
    with pytest.raises(TrainingError, match="is another one than when the run began"):
        check_base(record)


def test_a_hub_name_has_no_weights_here() -> None:
    assert base_hash("google/flan-t5-small") is None


def test_a_lock_is_held_by_one_and_free_again(tmp_path: Path) -> None:
    path = tmp_path / "run" / "run.lock"
    refused = pytest.raises(TrainingError, match=f"driven by process {os.getpid()}")
    with locked(path), refused, locked(path):
        pytest.fail("two hold the lock")
    with locked(path):
        assert path.read_text() == str(os.getpid())


def test_folders_that_cannot_be_made_are_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = make_bert(tmp_path / "bert")
    (tmp_path / "file").touch()
    inside = str(tmp_path / "file" / "folder")
    told = ["--dataset", "d", "--model", str(base)]
    assert cli.main([*told, "--output", inside]) == 2
    assert f"--output {inside}: cannot be written (" in capsys.readouterr().err
    output = ["--output", str(tmp_path / "out")]
    assert cli.main([*told, *output, "--runs-folder", inside]) == 2
    assert "give another --runs-folder" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--runs-folder", "--dataset", "--eval-dataset", "--model"])
def test_nothing_that_is_needed_may_lie_where_the_model_goes(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "summarizer.json").touch()
    inside = make_bert(output / "inside")
    given = {"--dataset": "d", "--model": str(inside), "--runs-folder": str(tmp_path / "runs")}
    if option != "--model":
        given |= {"--model": str(make_bert(tmp_path / "bert")), option: str(output / "inside")}
    told = [word for pair in given.items() for word in pair]
    assert cli.main([*told, "--output", str(output)]) == 2
    assert f"{option} {inside}: lies in --output {output}" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_base_that_changed_is_told_from_one_that_is_gone(tmp_path: Path) -> None:
    base = make_bert(tmp_path / "bert")
    record = new_record(options(base))
    check_base(record)
    (base / "tokenizer.json").rename(base / "elsewhere")
    with pytest.raises(TrainingError, match="is another one than when the run began"):
        check_base(record)
    shutil.rmtree(base)
    with pytest.raises(TrainingError, match="is not there any more"):
        check_base(record)


@pytest.mark.parametrize("task", [PointingTask, WritingTask])
def test_a_base_without_a_tokenizer_is_refused(
    task: type[PointingTask] | type[WritingTask], tmp_path: Path
) -> None:
    base = make_bert(tmp_path / "b") if task is PointingTask else make_t5(tmp_path / "b")
    for path in [*base.glob("tokenizer*"), *base.glob("special*")]:
        path.unlink()
    with pytest.raises(TrainingError, match="its tokenizer knows no words"):
        load_task(options(base), ["crash"])
    with pytest.raises(TrainingError, match="its tokenizer knows no words"):
        token_counter(str(base))


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match=r"there is no config\.json in the folder"):
        base_config(str(tmp_path / "empty"))


def test_resume_without_a_run_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--resume", str(tmp_path / "none")]) == 2
    assert "is no run's folder" in capsys.readouterr().err
    (tmp_path / "run.json").write_text("{}")
    assert cli.main(["--resume", str(tmp_path / "run.json")]) == 2
    assert "is no run's folder" in capsys.readouterr().err


def test_a_bad_option_of_resume_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_record(options(tmp_path)).write(tmp_path / "run.json")
    assert cli.main(["--resume", str(tmp_path), "--num-workers", "foo"]) == 2
    assert "--num-workers: must be a number of workers" in capsys.readouterr().err
    assert cli.main(["--resume", str(tmp_path), "--cpus-per-worker", "0"]) == 2
    assert "--cpus-per-worker: must be greater" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--num-workers", "4-1"], "--num-workers: ", id="range-falls"),
        pytest.param(["--num-workers", "many"], "a range such as 1-4", id="no-number"),
        pytest.param(["--label-smoothing", "1"], "--label-smoothing: must be less", id="share"),
        pytest.param(
            ["--lora-rank", "4", "--frozen-layers", "2"], "set frozen_layers to 0", id="adapters"
        ),
    ],
)
def test_options_that_are_no_good_are_named(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--dataset", "d", "--model", "m", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_full_disk_ends_the_command_with_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full() -> Path:
        raise OSError(28, os.strerror(28), "runs/mine/data/train.jsonl")

    def interrupted() -> Path:
        raise KeyboardInterrupt

    def forbidden() -> Path:
        raise PermissionError(13, os.strerror(13), "runs")

    assert cli._ended(forbidden) == 2
    assert capsys.readouterr().err == "error: runs: Permission denied\n"
    assert cli._ended(full) == 2
    assert "there is no room for runs/mine/data/train.jsonl" in capsys.readouterr().err
    assert cli._ended(interrupted) == 130
    assert "--resume" in capsys.readouterr().err
