"""The repository as the tests about it see it."""

import ast
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {"build", "data", "models", "runs"}
"""Folders of the root that hold no source."""


def project_files() -> Iterator[Path]:
    """Every file of ours, outside caches, build outputs, data and model folders."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if not (Path(folder) == ROOT and name in NOT_OURS)
            and (not name.startswith(".") or name == ".ci")
            and name != "__pycache__"
            and not name.endswith(".egg-info")
        ]
        yield from (Path(folder, name) for name in files)


def pyproject() -> dict[str, Any]:
    """The parsed `pyproject.toml`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imported_modules(source: str) -> set[str]:
    """The full names of the modules that a source file imports, at any depth of its code."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
    return modules


def imported_packages(source: str) -> set[str]:
    """The top-level packages that a source file imports."""
    return {module.partition(".")[0] for module in imported_modules(source)}
