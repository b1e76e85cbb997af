"""With what a run was made: packages, machine and the commit of this project."""

import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from schemas.base import Schema

PROJECT_ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "ray",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "datasets",
    "accelerate",
    "peft",
    "numpy",
    "pydantic",
    "fastapi",
    "fastapi-offline",
    "starlette",
    "uvicorn",
    "prometheus_client",
    "PyYAML",
    "tensorboardX",
    "tqdm",
    "Jinja2",
    "MarkupSafe",
    "matplotlib",
    "py3langid",
    "sentencepiece",
    "protobuf",
)
"""The direct dependencies, as pyproject.toml names them."""
_GIT_TIMEOUT_S = 10.0


class GitState(Schema):
    """The commit that is checked out, and whether tracked files differ from it."""

    commit: str
    dirty: bool


class Provenance(Schema):
    """`packages` are the installed versions of the direct dependencies; one not there is left out.

    `cuda` is the version that torch was built for, `gpus` are the names of those that it sees.
    `git` is None where the project is in no checkout of its own, or git is not there.
    """

    python: str
    platform: str
    packages: dict[str, str]
    torch_threads: int
    cuda: str | None
    gpus: list[str]
    git: GitState | None


def provenance() -> Provenance:
    """That of this process. It never fails for what is missing."""
    return Provenance(
        python=platform.python_version(),
        platform=platform.platform(),
        packages={name: found for name in PACKAGES if (found := _version(name)) is not None},
        torch_threads=torch.get_num_threads(),
        cuda=torch.version.cuda,
        gpus=[torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())],
        git=git_state(PROJECT_ROOT),
    )


def git_state(folder: Path) -> GitState | None:
    """The state of the checkout whose root a folder is; None where it is none."""
    root = _git(folder, "rev-parse", "--show-toplevel")
    # Installed below some other project's checkout, the commit would be that project's.
    if root is None or Path(root).resolve() != folder.resolve():
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if commit is None or changes is None:
        return None
    return GitState(commit=commit, dirty=bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it is not there or fails."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [git, "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
