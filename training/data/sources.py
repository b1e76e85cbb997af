"""What `--dataset` names: files, globs and the URLs of exports, as files on this machine."""

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from schemas.errors import DatasetError
from training.data.download import download

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ODD = re.compile(r"[^\w.-]+")
_MOST_NAME_CHARS = 150
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read, and the name that people see: its path, or a URL without its secrets."""

    path: Path
    name: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """A file of this machine; what is no Unicode in its name is shown escaped."""
        return cls(path, str(path).encode("utf-8", "backslashreplace").decode())


def is_url(value: str) -> bool:
    """Whether a value names something elsewhere and not a file."""
    return _URL.match(value) is not None


def public_name(value: str) -> str:
    """A value as it may be shown and saved: a URL loses its user, its query and its fragment."""
    if not is_url(value):
        return value
    scheme, rest = value.split("://", 1)
    host_and_path = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = host_and_path.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def whole_name(value: str) -> str:
    """A value that means the same in every working directory."""
    return value if is_url(value) else str(Path(value).absolute())


def base_name(value: str) -> str:
    """The file name at the end of a path or a URL, without `.gz` and odd characters."""
    path = public_name(value)
    if is_url(value):
        path = path.partition("://")[2].partition("/")[2]
    name = _ODD.sub("-", PurePosixPath(path.replace("\\", "/")).name.removesuffix(".gz"))
    return name[-_MOST_NAME_CHARS:].strip(".-") or "records.jsonl"


def local_files(
    values: Sequence[str], downloads: Path, token_variable: str
) -> tuple[SourceFile, ...]:
    """Every file that the values name, each once, in the order of the values.

    A URL is fetched into the folder `downloads`; `token_variable` names the environment variable
    that holds its bearer token, if it needs one.

    Raises:
        DatasetError: a glob matches nothing, a value is a folder, a file is named twice, or a URL
            cannot be fetched.
    """
    files: list[SourceFile] = []
    for value in values:
        if is_url(value):
            if values.count(value) > 1:
                raise DatasetError(f"{public_name(value)} is named twice; name every URL once")
            path = downloads / f"{len(files) + 1}-{base_name(value)}"
            download(value, public_name(value), path, token_variable)
            files.append(SourceFile(path, public_name(value)))
        else:
            files += map(SourceFile.of, _matching(value))
    _require_distinct(files)
    return tuple(files)


def _matching(value: str) -> list[Path]:
    """A file by its name, even one with brackets in it, or the files that a glob matches."""
    try:
        return _found(value)
    except OSError as error:
        shown = SourceFile.of(Path(value)).name
        raise DatasetError(f"Cannot read {shown}: {error.strerror}") from error


def _found(value: str) -> list[Path]:
    if Path(value).is_dir():
        raise DatasetError(
            f"{Path(value)} is a folder; name its files, as in '{Path(value) / '*.jsonl'}'"
        )
    if Path(value).exists() or not _GLOB.search(value):
        return [Path(value)]
    # Path.glob would find hidden files as well, which no shell does.
    found = sorted(Path(name) for name in glob.glob(value, recursive=True))  # noqa: PTH207
    files = [path for path in found if path.is_file()]
    if not files:
        raise DatasetError(
            f"No file matches {value}; quote the pattern, and give the path from this folder"
        )
    return files


def _require_distinct(files: Iterable[SourceFile]) -> None:
    """A file that is read twice would count every one of its records twice."""
    seen: set[Path] = set()
    for file in files:
        resolved = file.path.resolve()
        if resolved in seen:
            raise DatasetError(f"{file.name} is named twice; name every file once")
        seen.add(resolved)
