"""What `--dataset` may name, and what is shown of it."""

import gzip
import json
import os
from pathlib import Path

import pytest

from schemas.errors import DatasetError
from training.data.sources import base_name, local_files, public_name
from training.options import DataOptions


def names(*values: str) -> list[str]:
    return [file.name for file in local_files(values, Path("unused"), "UNSET_TOKEN")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    for name in ("b.jsonl", "a.jsonl", "deep/c.jsonl", ".hidden.jsonl", "odd[1].jsonl"):
        (tmp_path / name).write_text("{}\n")
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        pytest.param(["b.jsonl", "a.jsonl"], ["b.jsonl", "a.jsonl"], id="files-in-their-order"),
        pytest.param(["[ab].jsonl"], ["a.jsonl", "b.jsonl"], id="glob-by-name"),
        pytest.param(["*.gz", "a*"], ["d.jsonl.gz", "a.jsonl"], id="two-globs"),
        pytest.param(["**/c.jsonl"], ["deep/c.jsonl"], id="any-depth"),
        pytest.param(
            ["[!o]*"], ["a.jsonl", "b.jsonl", "d.jsonl.gz"], id="no-folder-and-nothing-hidden"
        ),
        pytest.param(["odd[1].jsonl"], ["odd[1].jsonl"], id="a-file-with-brackets"),
        pytest.param(["gone.jsonl"], ["gone.jsonl"], id="a-missing-file-is-told-when-read"),
    ],
)
def test_values_name_files(folder: Path, patterns: list[str], expected: list[str]) -> None:
    found = names(*(str(folder / pattern) for pattern in patterns))
    assert found == [str(folder / name) for name in expected]


def test_a_glob_must_match(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"No file matches .*\*\.csv"):
        names(str(folder / "*.csv"))


def test_a_folder_is_told_how_to_be_named(folder: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"deep is a folder; name its files, as in '.*\*\.jsonl'"
    ):
        names(str(folder / "deep"))


def test_a_file_is_named_once(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"a\.jsonl is named twice"):
        names(str(folder / "*.jsonl"), str(folder / "deep" / ".." / "a.jsonl"))


@pytest.mark.parametrize(
    ("value", "public", "base"),
    [
        ("data/x.jsonl.gz", "data/x.jsonl.gz", "x.jsonl"),
        ("https://h/a/x.jsonl?key=s3cret#s3cret", "https://h/a/x.jsonl", "x.jsonl"),
        ("https://me:s3cret@h:8443/export", "https://h:8443/export", "export"),
        ("https://h?key=s3cret/a@b", "https://h", "records.jsonl"),
        ("https://h/a%20b.jsonl", "https://h/a%20b.jsonl", "a-20b.jsonl"),
        ("HTTPS://s3cret@h/x", "HTTPS://h/x", "x"),
    ],
    ids=["file", "query", "user", "query alone", "escapes", "capitals"],
)
def test_what_is_shown_of_a_value_holds_no_secret(value: str, public: str, base: str) -> None:
    assert public_name(value) == public
    assert base_name(value) == base


def test_a_url_is_named_once(tmp_path: Path) -> None:
    url = "http://127.0.0.1:1/x"
    with pytest.raises(DatasetError, match="is named twice; name every URL once"):
        local_files([url, url], tmp_path, "DATASET_TOKEN")


def test_what_no_file_can_be_called_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Cannot read .*: File name too long"):
        local_files([str(tmp_path / ("x" * 300))], tmp_path, "DATASET_TOKEN")


def test_a_name_that_is_no_unicode_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"Fehler\xe9.jsonl")
    path.touch()
    (found,) = local_files([str(path)], tmp_path, "DATASET_TOKEN")
    assert found.path == path
    assert found.name.encode().endswith(rb"Fehler\udce9.jsonl")


def test_saved_options_hold_no_secret() -> None:
    secret = "https://me:s3cret@h/x?key=s3cret"
    options = DataOptions(dataset=(secret,), eval_dataset=("own.jsonl", secret))
    assert options.dataset == (secret,)
    for saved in (options.model_dump_json(), json.dumps(options.model_dump()), repr(options)):
        assert "s3cret" not in saved
    assert options.model_dump(mode="json")["eval_dataset"] == ["own.jsonl", "https://h/x"]


def test_a_token_is_not_taken_for_the_name_of_its_variable() -> None:
    with pytest.raises(ValueError, match="dataset_token_variable") as caught:
        DataOptions(dataset=("x",), dataset_token_variable="ghp_abc123")
    assert "not the token itself" in str(caught.value)
