"""Those who follow a run: terminal, log, TensorBoard, MLflow."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tensorboardX.proto.event_pb2 import Event as TensorBoardEvent

from schemas.errors import TrainingError
from tests.project import ROOT
from tests.unit.test_events import epoch, note, started, step
from training.learning.events import Event, EventLog, HeldOut
from training.tracking import mlflow
from training.tracking.follower import Follower
from training.tracking.tensorboard import TensorBoard
from training.tracking.terminal import JsonLines, ProgressBar, progress_sink

EVENTS: list[Event] = [started(), step(1), step(2), note("halved"), epoch(1)]
HELD_OUT = HeldOut(time=5.0, step=5, figures={"category_accuracy": 0.75})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Recording:
    """A sink that remembers, and may fail."""

    def __init__(self, fails: bool = False) -> None:
        self.events: list[Event] = []
        self.closed = self.failed = False
        self._fails = fails

    def take(self, event: Event) -> None:
        self.events.append(event)
        if self._fails:
            raise ConnectionError("no answer")

    def close(self, *, failed: bool) -> None:
        self.closed = True
        self.failed = failed


def test_elsewhere_there_is_a_line_of_json_for_each_step() -> None:
    output = io.StringIO()
    sink = progress_sink(output)
    assert isinstance(sink, JsonLines)
    for event in EVENTS:
        sink.take(event)
    sink.close(failed=False)
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["started", "step", "step", "note", "epoch"]
    assert lines[1]["loss"] == 1.0
    assert lines[1]["learningRate"] == 1e-4


def test_the_output_is_the_stdout_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    progress_sink().take(step(1))
    assert json.loads(output.getvalue())["event"] == "step"


def test_in_a_terminal_there_is_a_bar() -> None:
    output = Terminal()
    sink = progress_sink(output)
    assert isinstance(sink, ProgressBar)
    timed = step(2).model_copy(update={"examples_per_s": 9.13, "left_s": 65.0})
    events: list[Event] = [started(), step(1), timed, note("halved"), epoch(1)]
    for event in events:
        sink.take(event)
    sink.close(failed=False)
    shown = output.getvalue()
    last = shown.split("\r")[-1]
    assert "epoch 1/2" in last
    assert "2/10, loss 1.0000, lr 1.00e-04, 9.1 examples/s, 1:05 left" in last
    assert "1 worker on cpu, 1 threads each" in shown
    assert "halved" in shown
    assert "epoch 1/2: loss 1.0000, validation loss 0.9000, the best so far" in shown


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """The scalars in TensorBoard's files: length, checksum, event, checksum."""
    found: dict[str, list[tuple[int, float]]] = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        text = path.read_bytes()
        at = 0
        while at < len(text):
            length = int.from_bytes(text[at : at + 8], "little")
            event = TensorBoardEvent.FromString(text[at + 12 : at + 12 + length])
            at += 12 + length + 4
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_tensorboard_has_the_curves(tmp_path: Path) -> None:
    sink = TensorBoard(tmp_path)
    for event in [*EVENTS, HELD_OUT]:
        sink.take(event)
    sink.close(failed=False)
    found = scalars(tmp_path)
    assert found["train/loss"] == [(1, 1.0), (2, 1.0)]
    assert found["epoch/validation_loss"] == [(5, float(np.float32(0.9)))]
    assert found["held_out/category_accuracy"] == [(5, 0.75)]
    assert "train/examples_per_s" not in found


def test_a_follower_tells_all_what_is_written_while_it_follows(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.write(started())
    first, second = Recording(), Recording()
    with Follower(path, [first, second]):
        log.write(step(1))
        log.write(step(2))
    log.close()
    assert first.events == second.events == [step(1), step(2)]
    assert first.closed
    assert second.closed


def test_a_sink_that_fails_is_told_nothing_more_and_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    failing, sound = Recording(fails=True), Recording()
    said: list[str] = []
    log = EventLog(path)
    with Follower(path, [failing, sound], said.append):
        log.write(step(1))
        log.write(step(2))
    log.close()
    assert failing.events == [step(1)]
    assert sound.events == [step(1), step(2)]
    (text,) = said
    assert "Recording is told nothing more of this run (ConnectionError)" in text


def test_sinks_are_told_that_a_run_has_failed(tmp_path: Path) -> None:
    recording = Recording()
    with pytest.raises(RuntimeError), Follower(tmp_path / "events.jsonl", [recording]):
        raise RuntimeError("no more")
    assert recording.closed
    assert recording.failed


MLFLOW = """
from mlflow import MlflowClient
from tests.unit.test_events import epoch, started, step
from training.tracking.mlflow import MlflowRun, is_wanted

assert is_wanted()
run = MlflowRun("mine", {"epochs": 2, "dataset": "x" * 900})
for event in [started(), step(1), step(2, 0.5), epoch(1)]:
    run.take(event)
run.close(failed=False)
client = MlflowClient()
experiment = client.get_experiment_by_name("bug-summarizer")
(found,) = client.search_runs([experiment.experiment_id])
history = client.get_metric_history(found.info.run_id, "train_loss")
print(found.info.status, found.data.params["epochs"], [(one.step, one.value) for one in history])
"""


def run_python(code: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_mlflow_has_the_figures_of_a_run(tmp_path: Path) -> None:
    variables = {"MLFLOW_TRACKING_URI": tmp_path.as_uri(), "MLFLOW_ALLOW_FILE_STORE": "true"}
    done = run_python(MLFLOW, variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "FINISHED 2 [(1, 1.0), (2, 0.5)]\n"


def test_mlflow_that_cannot_be_used_is_said_before_training() -> None:
    variables = {"MLFLOW_TRACKING_URI": "nowhere://x"}
    done = run_python("from training.tracking.mlflow import *; MlflowRun('a', {})", variables)
    assert "TrainingError: MLflow cannot be used" in done.stderr
    assert "correct MLFLOW_TRACKING_URI, or unset it" in done.stderr


def test_mlflow_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(TrainingError, match="`mlflow` is not installed"):
        mlflow.MlflowRun("mine", {})


def test_mlflow_is_wanted_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert not mlflow.is_wanted()
