"""The folder that data is read into, and what it may hold."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from schemas.errors import DatasetError
from training.data.sources import SourceFile

DOWNLOADS, REJECTS = "downloads", "rejects"
TRAIN_FILE, VALIDATION_FILE, HELD_OUT_FILE = "train.jsonl", "validation.jsonl", "held_out.jsonl"
PARTS_FILE, REPORT_FILE, PAGE_FILE = "parts.json", "check.json", "check.html"
_DATA_FILES = (TRAIN_FILE, VALIDATION_FILE, HELD_OUT_FILE)
_ENDING = ".part"


def partial(path: Path) -> Path:
    """What a file is called until it is whole."""
    return path.with_name(f".{path.name}{_ENDING}")


def make_own(folder: Path) -> None:
    """Make the folder where there is none; nothing but what an earlier reading left is taken away.

    Raises:
        DatasetError: the folder holds other things, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise DatasetError(
            f"{folder} cannot be made: {error.strerror}; give another --output"
        ) from error
    names = _names(folder)
    ours = {DOWNLOADS, REJECTS, PARTS_FILE, REPORT_FILE, PAGE_FILE, *_DATA_FILES}
    # The report is written before the parts: without it, those are somebody else's.
    if names - ours or (names.intersection(_DATA_FILES) and REPORT_FILE not in names):
        raise DatasetError(f"{folder} holds other files; give another --output")


def clear(folder: Path, files: Iterable[SourceFile]) -> None:
    """Take away what an earlier reading left in the folder.

    Raises:
        DatasetError: one of the files that are to be read would be lost, or rejects that were
            repaired since.
    """
    for file in files:
        path = file.path.resolve()
        if path.is_relative_to(folder) and not path.is_relative_to(folder / DOWNLOADS):
            raise DatasetError(
                f"{file.name} lies where the results go and would be lost; move it, or give "
                "another --output"
            )
    _require_unchanged_rejects(folder)
    shutil.rmtree(folder / REJECTS, ignore_errors=True)
    for name in _names(folder) - {DOWNLOADS, REJECTS}:
        (folder / name).unlink()


def _require_unchanged_rejects(folder: Path) -> None:
    report = folder / REPORT_FILE
    if not report.is_file():
        return
    # The report is written after the rejects, so what is newer was changed by someone else.
    written = report.stat().st_mtime_ns
    for path in sorted((folder / REJECTS).rglob("*")):
        if path.is_file() and path.stat().st_mtime_ns > written:
            raise DatasetError(
                f"{path} was repaired and would be lost; move it and name it as well, or give "
                "another --output"
            )


def _names(folder: Path) -> set[str]:
    """What is in a folder, without files that were never finished."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(_ENDING)}
