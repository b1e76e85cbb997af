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


def require_own(folder: Path) -> None:
    """Nothing but what an earlier reading left is ever taken away.

    Raises:
        DatasetError: the folder holds other things.
    """
    names = _names(folder)
    ours = {DOWNLOADS, REJECTS, PARTS_FILE, REPORT_FILE, PAGE_FILE, *_DATA_FILES}
    # The report is written before the parts: without it, those are somebody else's.
    if names - ours or (names.intersection(_DATA_FILES) and REPORT_FILE not in names):
        raise DatasetError(f"{folder} holds other files; give another --output")


def clear(folder: Path, files: Iterable[SourceFile]) -> None:
    """Make the folder, or take away what an earlier reading left in it.

    Raises:
        DatasetError: one of the files that are to be read would be lost.
    """
    for file in files:
        path = file.path.resolve()
        if path.is_relative_to(folder) and not path.is_relative_to(folder / DOWNLOADS):
            raise DatasetError(
                f"{file.name} lies where the results go and would be lost; move it, or give "
                "another --output"
            )
    shutil.rmtree(folder / REJECTS, ignore_errors=True)
    for name in _names(folder) - {DOWNLOADS, REJECTS}:
        (folder / name).unlink()
    folder.mkdir(parents=True, exist_ok=True)


def _names(folder: Path) -> set[str]:
    """What is in a folder, without files that were never finished."""
    if not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if not path.name.endswith(_ENDING)}
