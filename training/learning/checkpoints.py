"""The checkpoints of a run: written whole or not at all, and checked before they are loaded.

A checkpoint is written into a folder of another name, which gets its own when every file is on the
disk. Ray is not asked to keep them: it writes its list of checkpoints in place, so that a full disk
or a killed driver can leave half of a list, and with it no checkpoint at all.
"""

import errno
import hashlib
import math
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from schemas.base import Schema
from schemas.errors import TrainingError

MANIFEST = "checkpoint.json"
MODEL_FOLDER = "model"
"""In a checkpoint after an epoch."""
_PARTIAL = ".partial-"
_PREFIX = "update-"
_SPARE = 1.05


class DiskFull(TrainingError):
    """There is no room for a checkpoint; those before it are whole."""

    title = "The disk is full"


class FileMark(Schema):
    """What a file must be: its size in bytes and its SHA-256."""

    size: int
    sha256: str


class CheckpointManifest(Schema):
    """Where a run stood. `epoch` counts finished ones, `update` those of the whole run.

    `validation_loss` is None in the middle of an epoch.
    """

    epoch: int
    update: int
    validation_loss: float | None
    files: dict[str, FileMark]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint and its folder."""

    folder: Path
    manifest: CheckpointManifest


class CheckpointStore:
    """The checkpoints in a folder: the latest, and the one with the lowest validation loss.

    `on_damaged` is told of a checkpoint that is not whole and is therefore passed over. It stays
    until there is a new one, and pushes out none that is whole.
    """

    def __init__(self, folder: Path, on_damaged: Callable[[str], None] = print) -> None:
        self._folder = folder
        self._on_damaged = on_damaged
        self._damaged: set[Path] = set()

    def latest(self) -> Checkpoint | None:
        """The newest whole checkpoint."""
        return next(self._whole(by_age=True), None)

    def best(self) -> Checkpoint | None:
        """The whole checkpoint with the lowest validation loss, the first of equals."""
        return next(self._whole(by_age=False), None)

    def save(
        self,
        manifest: CheckpointManifest,
        write: Callable[[Path], None],
        expected_bytes: int = 0,
    ) -> Checkpoint:
        """Have `write` fill a folder, and keep it as the latest checkpoint.

        Raises DiskFull, with everything as it was before, where there is no room.
        """
        self.remove_orphans()
        partial = self._folder / f"{_PARTIAL}{uuid.uuid4().hex}"
        partial.mkdir(parents=True)
        try:
            self._require_room(expected_bytes)
            write(partial)
            marked = manifest.model_copy(update={"files": _marks(partial)})
            (partial / MANIFEST).write_text(marked.model_dump_json(), encoding="utf-8")
            _to_disk(partial)
        except BaseException as error:
            shutil.rmtree(partial, ignore_errors=True)
            if is_disk_full(error):
                raise self._full(expected_bytes) from error
            raise
        # An update may be kept twice: after a time and at an epoch's end, or by a run that went on
        # from an older checkpoint. No name is used again, so nothing is ever replaced.
        folder = self._folder / f"{_PREFIX}{manifest.update:09d}-{uuid.uuid4().hex[:6]}"
        partial.rename(folder)
        _sync(self._folder)
        self._remove_old(folder)
        return Checkpoint(folder, marked)

    def remove_orphans(self) -> list[Path]:
        """Remove what interrupted checkpoints have left behind; returns what was there."""
        orphans = sorted(self._folder.glob(f"{_PARTIAL}*"))
        for orphan in orphans:
            shutil.rmtree(orphan)
        return orphans

    def _whole(self, *, by_age: bool) -> Iterator[Checkpoint]:
        """Whole checkpoints, the newest or the best first."""
        complete = self._complete()
        ordered = sorted(complete, key=_age) if by_age else sorted(_judged(complete), key=_rank)
        for checkpoint in ordered:
            wrong = _first_changed(checkpoint)
            if wrong is None:
                yield checkpoint
            else:
                self._pass_over(checkpoint.folder, f"{wrong} is damaged")

    def _complete(self) -> list[Checkpoint]:
        """Those with all their files in full length, but for what was found damaged before.

        What is in the files is not read: that takes long for a large model.
        """
        complete = []
        for folder in sorted(set(self._folder.glob(f"{_PREFIX}*")) - self._damaged):
            manifest = _read(folder)
            if manifest is None:
                self._pass_over(folder, f"it has no readable {MANIFEST}")
            elif (wrong := _first_cut(Checkpoint(folder, manifest))) is not None:
                self._pass_over(folder, f"{wrong} is damaged")
            else:
                complete.append(Checkpoint(folder, manifest))
        return complete

    def _pass_over(self, folder: Path, why: str) -> None:
        self._damaged.add(folder)
        self._on_damaged(f"{folder} is passed over: {why}")

    def _remove_old(self, saved: Path) -> None:
        """Remove what is neither the one just saved nor the best."""
        kept = {saved, *(one.folder for one in sorted(_judged(self._complete()), key=_rank)[:1])}
        for folder in sorted(set(self._folder.glob(f"{_PREFIX}*")) - kept):
            shutil.rmtree(folder)
            if folder in self._damaged:
                self._on_damaged(f"removed {folder.name}, a checkpoint that is damaged")

    def _require_room(self, expected_bytes: int) -> None:
        if shutil.disk_usage(self._folder).free < expected_bytes * _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _full(self, expected_bytes: int) -> DiskFull:
        free = shutil.disk_usage(self._folder).free
        wanted = f"{expected_bytes / 1e6:.0f} MB are needed, " if expected_bytes else ""
        return DiskFull(
            f"no room for a checkpoint in {self._folder}: {wanted}{free / 1e6:.0f} MB are free. "
            "The checkpoints before it are whole; make room and go on with --resume"
        )


def _age(checkpoint: Checkpoint) -> tuple[int, int]:
    """The newest first, of one update the one written last."""
    return -checkpoint.manifest.update, -checkpoint.folder.stat().st_mtime_ns


def _judged(checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Those after an epoch."""
    return [one for one in checkpoints if one.manifest.validation_loss is not None]


def _rank(checkpoint: Checkpoint) -> tuple[float, int, int]:
    """The lowest validation loss first, the first update of equals."""
    loss = checkpoint.manifest.validation_loss
    written = checkpoint.folder.stat().st_mtime_ns
    return math.inf if loss is None else loss, checkpoint.manifest.update, -written


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, says that a disk or a quota is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        # safetensors raises an error of its own, which names the system's.
        if os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _read(folder: Path) -> CheckpointManifest | None:
    try:
        return CheckpointManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _marks(folder: Path) -> dict[str, FileMark]:
    return {
        str(file.relative_to(folder)): FileMark(size=file.stat().st_size, sha256=_sha256(file))
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _first_cut(checkpoint: Checkpoint) -> str | None:
    """The first file that is missing or has another size than it was written with."""
    for name, mark in checkpoint.manifest.files.items():
        file = checkpoint.folder / name
        if not file.is_file() or file.stat().st_size != mark.size:
            return name
    return None


def _first_changed(checkpoint: Checkpoint) -> str | None:
    """The first file that does not hold what was written."""
    marks = checkpoint.manifest.files.items()
    return next(
        (name for name, mark in marks if _sha256(checkpoint.folder / name) != mark.sha256), None
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_disk(folder: Path) -> None:
    """Have everything below a folder on the disk, not only in the machine's memory."""
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
