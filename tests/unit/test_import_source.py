"""Exports that come through a pipe, once or twice read."""

import errno
import gzip
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from tests.exports import EXPORTS, import_files
from training.importers.bugzilla import Bugzilla
from training.importers.documents import read_documents
from training.importers.github import GitHub
from training.importers.source import Source

ISSUES = (EXPORTS / "github.json").read_bytes()
BUGS = (EXPORTS / "bugzilla.json").read_bytes()
COMMENTS = EXPORTS / "bugzilla_comments.json"


@pytest.fixture
def pipe() -> Iterator[tuple[Path, int]]:
    """A pipe: its path, and where to write. The small exports fit into what it buffers."""
    reading, writing = os.pipe()
    yield Path(f"/dev/fd/{reading}"), writing
    os.close(reading)


def fill(writing: int, content: bytes) -> None:
    with os.fdopen(writing, "wb") as file:
        file.write(content)


@pytest.mark.parametrize("content", [ISSUES, gzip.compress(ISSUES)], ids=["plain", "gzip"])
def test_a_pipe_is_read_as_a_file_is(pipe: tuple[Path, int], content: bytes) -> None:
    path, writing = pipe
    fill(writing, content)
    records, _ = import_files(GitHub(), path)
    assert records == import_files(GitHub(), EXPORTS / "github.json")[0]


@pytest.mark.parametrize("content", [BUGS, gzip.compress(BUGS)], ids=["plain", "gzip"])
def test_a_pipe_can_be_read_twice(pipe: tuple[Path, int], content: bytes) -> None:
    path, writing = pipe
    fill(writing, content)
    records, _ = import_files(Bugzilla(), path, COMMENTS)
    assert records == import_files(Bugzilla(), EXPORTS / "bugzilla.json", COMMENTS)[0]


def test_no_room_for_a_copy_is_told(
    pipe: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path, writing = pipe
    fill(writing, json.dumps([]).encode())
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    said = f"Cannot copy {path}, .*: No space left on device; save it as a file"
    with (
        closing(Source(path, is_read_twice=True)) as source,
        pytest.raises(DatasetError, match=said),
    ):
        list(read_documents(source))
