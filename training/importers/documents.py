"""The JSON documents of an export: one, many in a row, or one a line; plain or gzipped."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedRandom, BufferedReader
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from schemas.errors import DatasetError
from training.importers.source import Source
from training.importers.tool import Json

_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s,]*")
_BLANK = b" \t\r\n\xef\xbb\xbf"
_KEYS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a JSON Lines file that is no JSON."""

    number: int
    fix: str


def read_documents(source: Source) -> Iterator[Json | BadLine]:
    """The documents of a file in its order.

    A file with one document a line is read line by line, and its bad lines are told; any other
    file is held in memory as a whole.

    Raises:
        DatasetError: the file cannot be read, is empty or is no JSON.
    """
    path = source.path
    try:
        with source.open() as file:
            yield from _documents(path, _unzipped(file))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DatasetError(f"{path} is a damaged gzip file: {error}") from error
    except OSError as error:
        raise DatasetError(f"Cannot read {path}: {error.strerror}") from error


def shape_of(document: Json) -> str:
    """What a document is, in words that hold none of its values."""
    if isinstance(document, dict):
        keys = [str(key)[:40] for key in document]
        more = ", ..." if len(keys) > _KEYS_SHOWN else ""
        return f"an object with the keys {', '.join(keys[:_KEYS_SHOWN])}{more}" if keys else "{}"
    if isinstance(document, list):
        return f"an array whose first item is {shape_of(document[0])}" if document else "[]"
    return {str: "a string", bool: "true or false", type(None): "null"}.get(
        type(document), "a number"
    )


def _unzipped(file: BufferedReader | BufferedRandom) -> BinaryIO:
    if not file.peek(2).startswith(_GZIP_MAGIC):
        return file
    return cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb"))


def _documents(path: Path, file: BinaryIO) -> Iterator[Json | BadLine]:
    first_number, first = next(
        ((number, line) for number, line in enumerate(file, start=1) if line.strip(_BLANK)),
        (0, b""),
    )
    if not first:
        raise DatasetError(f"{path} is empty: give a file with the tool's JSON")
    if isinstance(_line(first_number, first.removeprefix(_BOM)), BadLine):
        yield from _whole(path, first + file.read(), first_number)
        return
    for number, line in enumerate(chain([first.removeprefix(_BOM)], file), start=first_number):
        if line.strip():
            yield _line(number, line)


def _line(number: int, line: bytes) -> Json | BadLine:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return BadLine(number, f"is no UTF-8 at byte {error.start + 1}")
    except ValueError as error:
        return BadLine(number, f"is no JSON: {_said(error)}")
    except RecursionError:
        return BadLine(number, "is nested too deeply")


def _whole(path: Path, raw: bytes, first_number: int) -> Iterator[Json | BadLine]:
    """Documents in a row, such as the pages of an API one after the other.

    `raw` begins with the line of the file that has the number `first_number`.
    """
    try:
        # PowerShell's redirection writes UTF-16.
        text = raw.decode(json.detect_encoding(raw)).removeprefix("\ufeff").rstrip()
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{path} is no UTF-8 at byte {error.start + 1}: save it as UTF-8"
        ) from error
    documents: list[Json | BadLine] = []
    place = len(text) - len(text.lstrip())
    try:
        while place < len(text):
            document, end = _DECODER.raw_decode(text, place)
            documents.append(document)
            between = _BETWEEN.match(text, end)
            place = between.end() if between else end
    except (ValueError, RecursionError) as error:
        documents = [
            _line(number, line.encode("utf-8", "surrogatepass"))
            for number, line in enumerate(text.split("\n"), start=first_number)
            if line.strip()
        ]
        if not any(isinstance(document, dict) for document in documents):
            raise DatasetError(f"{path} is no JSON: {_said(error)}") from error
    yield from documents


def _said(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
