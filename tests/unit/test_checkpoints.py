"""Checkpoints are whole or not there, and the ones that a run goes on from are whole."""

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import TrainingError
from training.learning import checkpoints
from training.learning.checkpoints import (
    MANIFEST,
    Checkpoint,
    CheckpointManifest,
    CheckpointStore,
    DiskFull,
    is_disk_full,
    size_of,
)


def manifest(update: int, loss: float | None = None) -> CheckpointManifest:
    return CheckpointManifest(epoch=0, update=update, validation_loss=loss, files={})


def writer(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "model").mkdir()
        (folder / "model" / "weights").write_text(text)
        (folder / "state").write_text(text * 2)

    return write


def failing(error: BaseException) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        writer("half")(folder)
        raise error

    return write


def updates(store_folder: Path) -> list[str]:
    return sorted(path.name[:16] for path in store_folder.iterdir())


def folder_of(store_folder: Path, update: int) -> Path:
    (found,) = store_folder.glob(f"update-{update:09d}-*")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


@pytest.fixture
def damaged() -> list[str]:
    return []


@pytest.fixture
def store(folder: Path, damaged: list[str]) -> CheckpointStore:
    return CheckpointStore(folder, damaged.append)


def found(checkpoint: Checkpoint | None) -> int | None:
    return checkpoint.manifest.update if checkpoint else None


def test_there_is_none_at_first(store: CheckpointStore) -> None:
    assert store.latest() is None
    assert store.best() is None


def test_the_latest_and_the_best_are_kept(store: CheckpointStore, folder: Path) -> None:
    for update, loss in [(10, 0.5), (15, None), (20, 0.3), (25, None), (30, 0.4), (35, None)]:
        store.save(manifest(update, loss), writer(str(update)))
    assert (found(store.latest()), found(store.best())) == (35, 20)
    assert len(updates(folder)) == 2
    best = store.best()
    assert best is not None
    assert (best.folder / "model" / "weights").read_text() == "20"


def test_of_equals_the_first_is_the_best(store: CheckpointStore) -> None:
    store.save(manifest(10, 0.5), writer("a"))
    store.save(manifest(20, 0.5), writer("b"))
    assert found(store.best()) == 10


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(KeyboardInterrupt(), id="interrupted"),
        pytest.param(ValueError("no such weight"), id="failed"),
    ],
)
def test_what_is_interrupted_leaves_nothing(
    store: CheckpointStore, folder: Path, error: BaseException
) -> None:
    store.save(manifest(10, 0.5), writer("a"))
    with pytest.raises(type(error)):
        store.save(manifest(20, 0.4), failing(error))
    assert updates(folder) == ["update-000000010"]
    assert found(store.latest()) == 10


def test_what_a_killed_writer_leaves_is_not_loaded_and_cleaned_up(
    store: CheckpointStore, folder: Path
) -> None:
    store.save(manifest(10, 0.5), writer("a"))
    orphan = folder / ".partial-1234"
    orphan.mkdir()
    (orphan / "state").write_text("half")
    assert found(store.latest()) == 10
    assert store.remove_orphans() == [orphan]
    assert not orphan.exists()
    assert store.remove_orphans() == []


def test_a_new_checkpoint_cleans_up_as_well(store: CheckpointStore, folder: Path) -> None:
    (folder / ".partial-1234").mkdir(parents=True)
    store.save(manifest(10), writer("a"))
    assert updates(folder) == ["update-000000010"]


def cut(path: Path) -> None:
    path.write_text(path.read_text()[:-1])


def change(path: Path) -> None:
    path.write_text("x" + path.read_text()[1:])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: cut(path / "state"), id="cut"),
        pytest.param(lambda path: change(path / "state"), id="changed"),
        pytest.param(lambda path: (path / "model" / "weights").unlink(), id="missing"),
        pytest.param(lambda path: cut(path / MANIFEST), id="manifest-cut"),
        pytest.param(lambda path: (path / MANIFEST).unlink(), id="no-manifest"),
    ],
)
def test_a_damaged_checkpoint_is_passed_over_and_said(
    store: CheckpointStore, folder: Path, damaged: list[str], damage: Callable[[Path], None]
) -> None:
    store.save(manifest(10, 0.3), writer("abc"))
    store.save(manifest(20, 0.4), writer("def"))
    damage(folder_of(folder, 20))
    assert found(store.latest()) == 10
    assert len(damaged) == 1
    assert re.search(r"update-000000020-\w+ is passed over: ", damaged[0])


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), id="system"),
        pytest.param(OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), id="quota"),
        pytest.param(
            RuntimeError("I/O error: No space left on device (os error 28)"), id="safetensors"
        ),
    ],
)
def test_a_full_disk_is_said_and_the_checkpoints_before_are_whole(
    store: CheckpointStore, folder: Path, error: Exception
) -> None:
    store.save(manifest(10, 0.5), writer("a"))
    with pytest.raises(DiskFull, match=r"no room for a checkpoint in .*MB are free.*--resume"):
        store.save(manifest(20, 0.4), failing(error))
    assert updates(folder) == ["update-000000010"]
    assert found(store.latest()) == 10
    assert issubclass(DiskFull, TrainingError)


def test_a_disk_that_will_not_suffice_is_full_before_anything_is_written(
    store: CheckpointStore, folder: Path
) -> None:
    def write(_: Path) -> None:
        pytest.fail("nothing may be written")

    with pytest.raises(DiskFull, match="MB are needed"):
        store.save(manifest(10), write, expected_bytes=10**18)
    assert updates(folder) == []


def test_an_error_that_led_to_another_counts() -> None:
    error = RuntimeError("writer failed")
    error.__cause__ = OSError(errno.ENOSPC, "full")
    assert is_disk_full(error)
    assert not is_disk_full(RuntimeError("something else"))


def test_a_run_that_goes_on_may_reach_a_damaged_checkpoint_again(
    store: CheckpointStore, folder: Path
) -> None:
    store.save(manifest(10, 0.3), writer("abc"))
    store.save(manifest(20, 0.2), writer("def"))
    (folder_of(folder, 20) / "state").unlink()
    store.save(manifest(20, 0.2), writer("ghi"))
    assert found(store.best()) == 20


def test_an_update_may_be_kept_twice_and_the_later_one_counts(
    store: CheckpointStore, folder: Path
) -> None:
    store.save(manifest(10), writer("in time"))
    store.save(manifest(10, 0.5), writer("at the end"))
    assert updates(folder) == ["update-000000010"]
    latest = store.latest()
    assert latest is not None
    assert (latest.folder / "model" / "weights").read_text() == "at the end"


def test_the_manifest_marks_every_file(store: CheckpointStore) -> None:
    saved = store.save(manifest(10, 0.5), writer("abc"))
    marks = json.loads((saved.folder / MANIFEST).read_text())["files"]
    assert {name: mark["size"] for name, mark in marks.items()} == {"model/weights": 3, "state": 6}
    assert size_of(saved.folder / "model") == 3


def test_a_damaged_latest_checkpoint_pushes_out_no_new_one(
    store: CheckpointStore, folder: Path, damaged: list[str]
) -> None:
    store.save(manifest(10, 1.0), writer("abc"))
    store.save(manifest(15), writer("def"))
    change(folder_of(folder, 15) / "state")
    assert found(store.latest()) == 10
    saved = store.save(manifest(12), writer("ghi"))
    assert saved.folder.is_dir()
    assert found(store.latest()) == 12
    assert updates(folder) == ["update-000000010", "update-000000012"]
    assert re.fullmatch(r"removed update-000000015-\w+, a checkpoint that is damaged", damaged[-1])


@pytest.mark.parametrize(
    ("damage", "is_loaded"),
    [
        pytest.param(change, True, id="found-by-loading"),
        pytest.param(cut, False, id="found-by-its-size"),
        pytest.param(Path.unlink, False, id="found-missing"),
    ],
)
def test_a_damaged_best_checkpoint_pushes_out_no_other(
    store: CheckpointStore, folder: Path, damage: Callable[[Path], None], is_loaded: bool
) -> None:
    store.save(manifest(10, 1.0), writer("abc"))
    damage(folder_of(folder, 10) / "state")
    if is_loaded:
        assert store.latest() is None
    store.save(manifest(20, 1.1), writer("def"))
    store.save(manifest(30, 2.0), writer("ghi"))
    assert found(store.best()) == 20
    assert updates(folder) == ["update-000000020", "update-000000030"]


def test_what_is_damaged_is_said_once_and_stays_until_there_is_a_new_one(
    store: CheckpointStore, folder: Path, damaged: list[str]
) -> None:
    store.save(manifest(10, 1.0), writer("abc"))
    (folder_of(folder, 10) / MANIFEST).unlink()
    assert store.latest() is None
    assert store.best() is None
    assert len(damaged) == 1
    assert updates(folder) == ["update-000000010"]
    store.save(manifest(5), writer("def"))
    assert updates(folder) == ["update-000000005"]


def test_a_new_checkpoint_reads_none_of_those_before(
    store: CheckpointStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(manifest(10, 1.0), writer("abc"))
    read: list[Path] = []
    original = checkpoints._sha256

    def noting(path: Path) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(checkpoints, "_sha256", noting)
    store.save(manifest(20, 1.1), writer("def"))
    assert read
    assert not [path for path in read if path.is_relative_to(folder_of(folder, 10))]
