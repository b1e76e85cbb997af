"""Runs on Ray that are disturbed: a worker is killed, the driver is killed, workers come and go."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import ray

from schemas.manifest import ModelManifest
from tests.project import ROOT
from tests.tiny_models import make_bert
from tests.training_jobs import history_of, make_job, record
from tests.waiting import eventually_blocking
from training.cli import main
from training.learning.events import EventReader, Started, Step
from training.learning.job import TrainingJob
from training.learning.loop import train
from training.runs.fit import fit, plan
from training.runs.lock import locked
from training.runs.run_folder import RunFolder
from training.runs.run_record import read_record

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.usefixtures("ray_cluster")]

EPOCHS = 4


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bert(tmp_path_factory.mktemp("bert"))


def run(job: TrainingJob) -> None:
    workers = plan(job.options)
    fit(job.options, job.manifest, RunFolder(job.folder), workers, workers.most)


def at_step(events: Path, step: int, act: Callable[[Started], None]) -> threading.Thread:
    """Have something done, once, as soon as a run has come to a step."""
    reader = EventReader(events)
    seen: list[Started] = []

    def reached() -> bool:
        for event in reader.new():
            if isinstance(event, Started):
                seen.append(event)
            if isinstance(event, Step) and event.step >= step:
                return True
        return False

    def watch() -> None:
        eventually_blocking(reached, within_s=120)
        act(seen[-1])

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_run_that_loses_a_worker_ends_as_an_undisturbed_one(tmp_path: Path, bert: Path) -> None:
    calm = make_job(tmp_path / "calm", bert, train=400, epochs=EPOCHS, num_workers="2-4")
    calm = calm.model_copy(update={"update_workers": 4})
    disturbed = calm.model_copy(update={"folder": tmp_path / "disturbed"})
    shutil.copytree(calm.folder, disturbed.folder)
    # By one worker, which computes the batches of all four one after another.
    assert train(calm, lambda _: None) is None
    # In the middle of the second of four epochs.
    killer = at_step(RunFolder(disturbed.folder).events, 38, lambda it: kill(it.pids[-1]))
    run(disturbed)
    killer.join()

    told, expected = history_of(disturbed), history_of(calm)
    assert [note.text for note in told.notes] == [
        "goes on from the checkpoint of step 25 of 100",
    ]
    assert [one.validation_loss for one in told.epochs] == pytest.approx(
        [one.validation_loss for one in expected.epochs], abs=1e-3
    )
    assert [one.validation_right for one in told.epochs] == [
        one.validation_right for one in expected.epochs
    ]
    assert [one.loss for one in told.steps] == pytest.approx(
        [one.loss for one in expected.steps], abs=1e-3
    )
    assert len(told.epochs) == EPOCHS
    # Of two to four workers the cluster has room for two, both times.
    workers = [
        event.workers
        for event in EventReader(RunFolder(disturbed.folder).events).new()
        if isinstance(event, Started)
    ]
    assert workers == [2, 2]


def write_dataset(path: Path) -> Path:
    path.write_text("".join(f"{record(number).model_dump_json()}\n" for number in range(300)))
    return path


@pytest.fixture
def killed_run(tmp_path: Path, bert: Path) -> Path:
    """The folder of a run whose driver was killed in its second epoch."""
    command = [
        *(sys.executable, "train.py", "--dataset", str(write_dataset(tmp_path / "data.jsonl"))),
        *("--model", str(bert), "--output", str(tmp_path / "mine"), "--epochs", "3"),
        *("--runs-folder", str(tmp_path / "runs"), "--no-cuda", "--learning-rate", "1e-3"),
    ]
    address = ray.get_runtime_context().gcs_address
    driver = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "RAY_ADDRESS": address},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with driver:
        assert driver.stdout is not None
        for line in driver.stdout:
            if '"event":"step"' in line and json.loads(line)["epoch"] == 2:
                break
        else:
            pytest.fail("the driver ended by itself")
        driver.kill()
        driver.stdout.read()
    (folder,) = (tmp_path / "runs").glob("mine-*")
    return folder


def undisturbed(folder: RunFolder, again: Path) -> list[float | None]:
    """The validation losses of a run with the same examples and options, by one worker alone."""
    shutil.copytree(folder.path / "examples", again / "examples")
    record = read_record(folder.record)
    assert record.update_workers == 1
    job = TrainingJob(
        options=record.options,
        manifest=ModelManifest.model_validate_json(folder.manifest.read_bytes()),
        folder=again,
        threads=1,
        update_workers=1,
    )
    assert train(job, lambda _: None) is None
    return [epoch.validation_loss for epoch in history_of(job).epochs]


def test_a_run_whose_driver_was_killed_goes_on(
    killed_run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert not (tmp_path / "mine").exists()
    free: Callable[[], dict[str, float]] = ray.available_resources
    eventually_blocking(lambda: free().get("CPU") == 2.0, within_s=60)
    assert main(["--resume", str(killed_run), "--num-workers", "2"]) == 0

    out = capfd.readouterr().out
    assert "goes on from the checkpoint of step" in out
    assert "macro-F1" in out
    manifest = ModelManifest.model_validate_json(
        (tmp_path / "mine" / "summarizer.json").read_text()
    )
    assert manifest.name == "mine"
    folder = RunFolder(killed_run)
    assert [one["epoch"] for one in json.loads(folder.epochs.read_text())] == [1, 2, 3]
    assert [one["validationLoss"] for one in json.loads(folder.epochs.read_text())] == (
        pytest.approx(undisturbed(folder, tmp_path / "again"), abs=1e-3)
    )
    for path in (folder.report, folder.card, folder.evaluation, folder.data / "check.html"):
        assert path.stat().st_size > 500
    assert list(folder.tensorboard.glob("events.out.tfevents.*"))


def test_a_run_that_is_still_driven_is_not_gone_on_with(
    tmp_path: Path, bert: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(write_dataset(tmp_path / "data.jsonl"))
    arguments = ["--dataset", data, "--model", str(bert), "--output", str(tmp_path / "mine")]
    arguments += ["--runs-folder", str(tmp_path / "runs"), "--num-workers", "9", "--no-cuda"]
    assert main(arguments) == 2
    assert "needs 9 CPU, but the cluster has 2" in capsys.readouterr().err
    (folder,) = (tmp_path / "runs").glob("mine-*")
    with locked(RunFolder(folder).lock):
        assert main(["--resume", str(folder)]) == 2
    assert f"is still being driven by process {os.getpid()}" in capsys.readouterr().err
