"""The training loop on tiny models: what it learns does not depend on how it got there."""

import errno
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file

from schemas.summary import FieldName
from summarizer.engine import predict_all
from summarizer.folder import load_engine
from tests.tiny_models import make_bart, make_bert, make_t5
from tests.training_jobs import changed, history_of, make_job, record
from training.learning.checkpoints import MODEL_FOLDER, CheckpointStore
from training.learning.events import Epoch, Event, EventLog
from training.learning.job import TrainingJob
from training.learning.learner import Learner
from training.learning.loop import train
from training.learning.pointing import PointingTask
from training.learning.schedule import Schedule
from training.learning.task import Judged
from training.runs.run_folder import RunFolder


class Interrupted(Exception):
    """Stands for a killed worker."""


def forget(_: Epoch) -> None:
    """Ray is not told."""


def weights(job: TrainingJob) -> dict[str, torch.Tensor]:
    best = CheckpointStore(RunFolder(job.folder).checkpoints).best()
    assert best is not None
    return load_file(best.folder / MODEL_FOLDER / "model.safetensors")


def same(left: TrainingJob, right: TrainingJob) -> bool:
    one, other = weights(left), weights(right)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(autouse=True)
def _a_process_of_its_own() -> Iterator[None]:
    """accelerate keeps what a process was told first; a worker's process has one run only."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_t5(tmp_path_factory.mktemp("t5"))


def copy_of(job: TrainingJob, folder: Path) -> TrainingJob:
    shutil.copytree(job.folder, folder)
    return job.model_copy(update={"folder": folder})


@pytest.mark.parametrize(
    "dropout", [pytest.param(0.0, id="plain"), pytest.param(0.2, id="dropout")]
)
@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_a_seed_gives_the_same_weights_bit_for_bit(
    kind: str, dropout: float, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    job = make_job(tmp_path / "a", request.getfixturevalue(kind), dropout=dropout)
    again = copy_of(job, tmp_path / "b")
    other = changed(copy_of(job, tmp_path / "c"), seed=18)
    for each in (job, again, other):
        assert train(each, forget) is None
    assert same(job, again)
    assert not same(job, other)


def interrupt_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the worker die with the step after so many."""
    set_rate = Learner.set_rate
    left = iter(range(steps))

    def dying(learner: Learner, update: int) -> float:
        if next(left, None) is None:
            raise Interrupted
        return set_rate(learner, update)

    monkeypatch.setattr(Learner, "set_rate", dying)


@pytest.mark.parametrize(
    ("steps", "checkpoint_every_s"),
    [
        pytest.param(9, 600.0, id="from-the-last-epoch"),
        pytest.param(9, 1e-9, id="from-mid-epoch"),
        pytest.param(2, 600.0, id="from-the-beginning"),
    ],
)
@pytest.mark.parametrize("given", [{"dropout": 0.1}, {"lora_rank": 2}], ids=["whole", "adapters"])
def test_an_interrupted_run_ends_as_an_undisturbed_one(
    steps: int,
    checkpoint_every_s: float,
    given: dict[str, Any],
    tmp_path: Path,
    bert: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calm = make_job(tmp_path / "calm", bert, checkpoint_every_s=checkpoint_every_s, **given)
    disturbed = copy_of(calm, tmp_path / "disturbed")
    assert train(calm, forget) is None
    with monkeypatch.context() as patched:
        interrupt_after(steps, patched)
        with pytest.raises(Interrupted):
            train(disturbed, forget)
    assert train(disturbed, forget) is None
    assert same(calm, disturbed)

    told, expected = history_of(disturbed), history_of(calm)
    assert [one.loss for one in told.steps] == [one.loss for one in expected.steps]
    assert [one.train_loss for one in told.epochs] == [one.train_loss for one in expected.epochs]
    assert [one.validation_loss for one in told.epochs] == [
        one.validation_loss for one in expected.epochs
    ]


def test_a_run_without_a_checkpoint_says_that_it_begins_again(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(tmp_path / "run", bert)
    with monkeypatch.context() as patched:
        interrupt_after(2, patched)
        with pytest.raises(Interrupted):
            train(job, forget)
    assert not history_of(job).notes
    assert train(job, forget) is None
    assert [note.text for note in history_of(job).notes] == [
        "begins again at step 1: the workers before left no whole checkpoint"
    ]


def test_an_epoch_whose_checkpoint_is_there_is_told(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(tmp_path / "run", bert)

    def dying(_: object) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        train(job, dying)
    with monkeypatch.context() as patched:
        original = CheckpointStore.save

        def saved_and_dead(*arguments: Any) -> None:
            original(*arguments)
            raise Interrupted

        patched.setattr(CheckpointStore, "save", saved_and_dead)
        with pytest.raises(Interrupted):
            train(job, forget)
    assert train(job, forget) is None
    assert [epoch.epoch for epoch in history_of(job).epochs] == [1, 2]


def test_events_without_room_at_the_very_end_stop_the_run(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = EventLog.write

    def full(log: EventLog, event: Event) -> None:
        if isinstance(event, Epoch) and event.epoch == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(log, event)

    monkeypatch.setattr(EventLog, "write", full)
    stopped = train(make_job(tmp_path / "run", bert), forget)
    assert stopped is not None
    assert "no room for the run's events" in stopped


def test_a_finished_run_is_not_done_again(tmp_path: Path, bert: Path) -> None:
    job = make_job(tmp_path / "run", bert)
    told: list[Epoch] = []
    assert train(job, told.append) is None
    assert train(job, told.append) is None
    assert [epoch.epoch for epoch in told] == [1, 2]


@pytest.mark.parametrize("where", ["steps", "checkpoint"])
def test_a_full_disk_stops_the_run_and_it_goes_on_later(
    where: str, tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = make_job(tmp_path / "calm", bert)
    job = copy_of(calm, tmp_path / "full")
    train(calm, forget)
    calls = iter(range(100))

    def full(original: Callable[..., Any], after: int) -> Callable[..., Any]:
        def write(*arguments: Any) -> Any:
            if next(calls) >= after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*arguments)

        return write

    with monkeypatch.context() as patched:
        if where == "steps":
            patched.setattr(EventLog, "write", full(EventLog.write, 9))
        else:
            patched.setattr(PointingTask, "save", full(PointingTask.save, 1))
        stopped = train(job, forget)
    assert stopped is not None
    assert "no room for" in stopped
    assert stopped.endswith("--resume")
    latest = CheckpointStore(RunFolder(job.folder).checkpoints).latest()
    assert latest is not None
    assert latest.manifest.epoch == 1
    assert train(job, forget) is None
    assert same(calm, job)


def test_a_step_out_of_memory_halves_the_batch_and_says_so(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = PointingTask.loss

    def tight(task: PointingTask, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        if torch.is_grad_enabled() and len(batch["category"]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return original(task, batch)

    monkeypatch.setattr(PointingTask, "loss", tight)
    job = make_job(tmp_path / "run", bert)
    assert train(job, forget) is None
    told = history_of(job)
    (note,) = told.notes
    assert note.text.startswith("step 1: a batch did not fit into the memory of 1 worker(s)")
    assert [step.examples for step in told.steps] == [4] * 12


def test_a_loss_that_stays_no_number_stops_the_run(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = PointingTask.loss

    def unfit(task: PointingTask, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return original(task, batch) * math.nan

    monkeypatch.setattr(PointingTask, "loss", unfit)
    job = make_job(tmp_path / "run", bert)
    stopped = train(job, forget)
    assert stopped is not None
    assert "10 updates in a row are no numbers; begin a new run with a lower" in stopped


def test_a_validation_loss_that_is_no_number_stops_the_run(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = PointingTask.judge

    def unfit(task: PointingTask, batch: dict[str, torch.Tensor]) -> Judged:
        judged = original(task, batch)
        return judged._replace(loss=judged.loss * math.nan)

    monkeypatch.setattr(PointingTask, "judge", unfit)
    stopped = train(make_job(tmp_path / "run", bert), forget)
    assert stopped is not None
    assert stopped.startswith("the validation loss after epoch 1 is no number")


def test_an_update_that_is_left_out_does_not_spoil_the_loss_of_its_epoch(
    tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = PointingTask.loss
    calls = iter(range(100))

    def once(task: PointingTask, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return original(task, batch) * (math.nan if next(calls) == 2 else 1)

    monkeypatch.setattr(PointingTask, "loss", once)
    job = make_job(tmp_path / "run", bert, epochs=1)
    assert train(job, forget) is None
    told = history_of(job)
    assert [note.text for note in told.notes] == [
        "step 3 is left out: its gradients are no numbers"
    ]
    assert [step.loss is None for step in told.steps] == [False, False, True, False, False, False]
    assert told.epochs[0].train_loss is not None
    assert told.epochs[0].examples == 20


def test_a_run_ends_when_patience_does(tmp_path: Path, bert: Path) -> None:
    # A learning rate of next to nothing: no epoch is better than the first, but by chance.
    job = make_job(tmp_path / "run", bert, epochs=9, patience=2, learning_rate=1e-12)
    assert train(job, forget) is None
    told = history_of(job)
    assert len(told.epochs) < 9
    assert "has not fallen for 2 epochs" in told.notes[-1].text
    assert [epoch.is_best for epoch in told.epochs[-2:]] == [False, False]
    assert train(job, forget) is None
    assert len(history_of(job).epochs) == len(told.epochs)


def test_the_learning_rate_follows_its_schedule(tmp_path: Path, bert: Path) -> None:
    job = make_job(tmp_path / "run", bert, warmup_share=0.25, schedule="cosine")
    train(job, forget)
    schedule = Schedule("cosine", 1e-3, 3, 12)
    expected = [schedule.rate(update) for update in range(12)]
    assert [step.learning_rate for step in history_of(job).steps] == expected


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"batch_tokens": 96}, id="tokens"),
        pytest.param({"accumulation_steps": 3}, id="accumulation"),
        pytest.param({"mixed_precision": "bf16"}, id="bf16"),
        pytest.param({"label_smoothing": 0.1}, id="smoothing"),
        pytest.param({"frozen_layers": 1}, id="frozen"),
    ],
)
@pytest.mark.parametrize("kind", ["bert", "t5"])
def test_every_way_of_learning_learns(
    kind: str, given: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "t5" and "frozen_layers" in given:
        pytest.skip("a model that writes learns with all its layers")
    job = make_job(tmp_path / "run", request.getfixturevalue(kind), epochs=4, **given)
    assert train(job, forget) is None
    epochs = history_of(job).epochs
    losses = [epoch.train_loss or math.nan for epoch in epochs]
    assert losses[-1] < losses[0]
    for epoch in epochs:
        assert list(epoch.validation_right) == list(FieldName)
        # The six records that are judged have all fields.
        assert {count.of for count in epoch.validation_right.values()} == {6}
        assert all(0 <= count.right <= 6 for count in epoch.validation_right.values())


@pytest.mark.parametrize("make", [make_bert, make_t5, make_bart])
def test_adapters_are_merged_into_a_folder_that_serves(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    base = make(tmp_path / "base")
    job = make_job(tmp_path / "run", base, lora_rank=4, epochs=3)
    assert train(job, forget) is None
    best = CheckpointStore(RunFolder(job.folder).checkpoints).best()
    assert best is not None
    folder = best.folder / MODEL_FOLDER
    assert not [name for name in load_file(folder / "model.safetensors") if "lora" in name]
    engine = load_engine(folder, "auto", "cpu", 1)
    answers = predict_all(engine, [engine.prepare(record(1).input)])
    assert len(answers) == 1
