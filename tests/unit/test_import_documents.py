"""The files of an export: every layout that tools write, and what is no JSON."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from training.importers.documents import BadLine, read_documents, shape_of
from training.importers.source import Source

ONE, TWO = {"a": 1}, {"b": "caf\u00e9"}


def text(*documents: Any, between: str, indent: int | None = None) -> bytes:
    return between.join(
        json.dumps(document, ensure_ascii=False, indent=indent) for document in documents
    ).encode()


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        pytest.param(text([ONE, TWO], between="", indent=2), [[ONE, TWO]], id="pretty-array"),
        pytest.param(text(ONE, TWO, between="\n"), [ONE, TWO], id="json-lines"),
        pytest.param(text(ONE, TWO, between="\r\n\r\n"), [ONE, TWO], id="crlf-and-blank-lines"),
        pytest.param(text([ONE], [TWO], between=""), [[ONE], [TWO]], id="pages-in-one-line"),
        pytest.param(text([ONE], [TWO], between="\n", indent=1), [[ONE], [TWO]], id="pages"),
        pytest.param(b"\xef\xbb\xbf" + text(ONE, TWO, between="\n"), [ONE, TWO], id="bom"),
        pytest.param(b"\n \n" + text(ONE, between=""), [ONE], id="blank-lines-first"),
        pytest.param(
            text(ONE, TWO, between="\n").decode().encode("utf-16"), [ONE, TWO], id="utf-16"
        ),
        pytest.param(gzip.compress(text(ONE, TWO, between="\n")), [ONE, TWO], id="gzip"),
        pytest.param(b"[]", [[]], id="empty-array"),
    ],
)
def test_documents_are_read_in_their_order(
    tmp_path: Path, content: bytes, documents: list[Any]
) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(content)
    assert list(read_documents(Source(path))) == documents


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        pytest.param(b'{"a": ', "no JSON", id="broken"),
        pytest.param(b'{"a": "\xff"}', "no UTF-8 at byte 8", id="invalid-utf8"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
    ],
)
def test_a_bad_line_stops_nothing(tmp_path: Path, bad: bytes, said: str) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"\n".join([b"", text(ONE, between=""), bad, text(TWO, between="")]))
    first, line, last = read_documents(Source(path))
    assert (first, last) == (ONE, TWO)
    assert isinstance(line, BadLine)
    assert line.number == 3
    assert said in line.fix


def test_a_bad_first_line_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b'{"a": \n' + text(ONE, TWO, between="\n"))
    line, *rest = read_documents(Source(path))
    assert isinstance(line, BadLine)
    assert rest == [ONE, TWO]


@pytest.mark.parametrize(
    ("first", "numbers"),
    [pytest.param(b"BAD", [3, 5], id="bad"), pytest.param(b"\x0b", [5], id="vertical-tab")],
)
def test_bad_lines_after_blank_ones_have_their_numbers(
    tmp_path: Path, first: bytes, numbers: list[int]
) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"\n".join([b"", b"", first, text(ONE, between=""), b"BAD", b""]))
    found = list(read_documents(Source(path)))
    assert ONE in found
    assert [line.number for line in found if isinstance(line, BadLine)] == numbers


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n\n", "is empty", id="blank"),
        pytest.param(b"<html>secret</html>", "is no JSON", id="html"),
        pytest.param(b"\x1f\x8b\x08\x00rest", "damaged gzip", id="damaged-gzip"),
        pytest.param(b"{\n\xff\xfe\xfd", "is no UTF-8", id="binary"),
    ],
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=said) as caught:
        list(read_documents(Source(path)))
    assert str(path) in caught.value.detail
    assert "secret" not in caught.value.detail


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Cannot read .*nowhere\.json: No such file"):
        list(read_documents(Source(tmp_path / "nowhere.json")))


@pytest.mark.parametrize(
    ("document", "shape"),
    [
        pytest.param({"a": "x", "b": 1}, "an object with the keys a, b", id="object"),
        pytest.param(
            dict.fromkeys("abcdefghij", 0),
            "an object with the keys a, b, c, d, e, f, g, h, ...",
            id="many-keys",
        ),
        pytest.param(
            [{"a": 1}], "an array whose first item is an object with the keys a", id="array"
        ),
        pytest.param("secret", "a string", id="string"),
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true or false", id="boolean"),
        pytest.param(1.5, "a number", id="number"),
        pytest.param([], "[]", id="empty-array"),
        pytest.param({}, "{}", id="empty-object"),
    ],
)
def test_a_shape_is_told_without_values(document: Any, shape: str) -> None:
    assert shape_of(document) == shape
