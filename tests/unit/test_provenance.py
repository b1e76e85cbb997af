"""With what a run was made."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.project import ROOT
from training.runs import provenance as module
from training.runs.provenance import PACKAGES, git_state, provenance

GIT = shutil.which("git") or ""
needs_git = pytest.mark.skipif(not GIT, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        [GIT, "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_the_packages_are_the_direct_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert list(PACKAGES) == [re.split(r"[\[=]", one)[0] for one in project["dependencies"]]


def test_versions_and_machine_are_known() -> None:
    found = provenance()
    assert found.packages["pydantic"].count(".") == 2
    assert found.torch_threads >= 1
    assert set(found.model_dump(mode="json")) >= {
        "python",
        "platform",
        "torchThreads",
        "gpus",
        "git",
    }


@needs_git
def test_a_commit_is_known_with_whether_files_differ_from_it(checkout: Path) -> None:
    clean = git_state(checkout)
    assert clean is not None
    assert (clean.commit, clean.dirty) == (git(checkout, "rev-parse", "HEAD"), False)
    (checkout / "file").write_text("b")
    changed = git_state(checkout)
    assert changed is not None
    assert changed.dirty


@needs_git
def test_a_folder_in_a_checkout_of_something_else_has_no_commit(checkout: Path) -> None:
    inside = checkout / "vendored"
    inside.mkdir()
    assert git_state(inside) is None


@needs_git
def test_a_checkout_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path) is None


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert git_state(ROOT) is None


def test_a_package_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGES", ("pydantic", "no-such-package-here"))
    assert set(provenance().packages) == {"pydantic"}
