"""What tells one loaded model from another: its files and how they are run, nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.fingerprint import fingerprint_of
from deployments.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(bytes(100_000))
    return folder


def fingerprint(folder: Path | None, device: str = "cpu", **settings: Any) -> str:
    engine = "auto" if folder else "mock"
    return fingerprint_of(Settings(**{"model": folder, "engine": engine, **settings}), device)


def test_a_copy_elsewhere_has_the_same(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "config.json").touch()
    assert fingerprint(copy) == fingerprint(folder)


def retrained(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")


def renamed(folder: Path) -> None:
    (folder / "config.json").rename(folder / "config2.json")


def moved_between_files(folder: Path) -> None:
    (folder / "config.json").write_text("{}\0")
    (folder / "model.safetensors").write_bytes(bytes(99_999))


@pytest.mark.parametrize("change", [retrained, renamed, moved_between_files])
def test_other_files_have_another(folder: Path, change: Callable[[Path], None]) -> None:
    before = fingerprint(folder)
    change(folder)
    assert fingerprint(folder) != before


def test_other_settings_have_another(folder: Path) -> None:
    found = {
        fingerprint(None),
        fingerprint(folder),
        fingerprint(folder, "cuda"),
        fingerprint(folder, precision="int8"),
        fingerprint(folder, engine="generate"),
    }
    assert len(found) == 5


def test_settings_that_decide_no_answer_change_nothing(folder: Path) -> None:
    assert fingerprint(folder, max_waiting=7, threads=3) == fingerprint(folder)
