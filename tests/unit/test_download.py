"""Exports are fetched whole, and their token goes to nobody else."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from schemas.errors import DatasetError
from training.data import download as download_module
from training.data.sources import local_files

TOKEN = "s3cret-t0ken"
BODY = b'{"id": 1}\n{"id": 2}\n'


@dataclass
class Answer:
    """What a server says; `length` is announced in the place of the right one."""

    status: int = 200
    body: bytes = BODY
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass
class Server:
    """A server on this machine, and the requests it got: path and token."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    told = Server("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.seen.append((self.path, self.headers["Authorization"]))
            answer = told.answers.get(self.path, Answer())
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) if answer.length is None else answer.length
            self.send_header("Content-Length", str(length))
            # One that has given up is not there any more.
            with suppress(BrokenPipeError):
                self.end_headers()
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """The tests' output is no place for a server's log."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATASET_TOKEN", TOKEN)
    return TOKEN


def fetch(url: str, folder: Path) -> Path:
    (file,) = local_files([url], folder / "downloads", "DATASET_TOKEN")
    return file.path


def refused(url: str, folder: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        fetch(url, folder)
    assert TOKEN not in caught.value.detail
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    return caught.value.detail


def test_an_export_becomes_a_file(server: Server, tmp_path: Path) -> None:
    path = fetch(f"{server.url}/exports/annotated.jsonl?project=7", tmp_path)
    assert path == tmp_path / "downloads" / "1-annotated.jsonl"
    assert path.read_bytes() == BODY
    assert server.seen == [("/exports/annotated.jsonl?project=7", None)]


def test_the_token_is_sent_as_a_bearer_token(server: Server, tmp_path: Path, token: str) -> None:
    fetch(f"{server.url}/x", tmp_path)
    assert server.seen == [("/x", f"Bearer {token}")]


def test_a_body_that_is_sent_gzipped_stays_so(server: Server, tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    server.answers["/x"] = Answer(body=packed, headers={"Content-Encoding": "gzip"})
    assert fetch(f"{server.url}/x", tmp_path).read_bytes() == packed


def test_a_redirect_on_the_same_host_gets_the_token(
    server: Server, tmp_path: Path, token: str
) -> None:
    server.answers["/old"] = Answer(302, b"", {"Location": "/new"})
    assert fetch(f"{server.url}/old", tmp_path).read_bytes() == BODY
    assert server.seen[1] == ("/new", f"Bearer {token}")


@pytest.mark.usefixtures("token")
def test_a_redirect_to_another_host_does_not_get_the_token(server: Server, tmp_path: Path) -> None:
    with serving() as storage:
        server.answers["/x"] = Answer(302, b"", {"Location": f"{storage.url}/signed?key=1"})
        assert fetch(f"{server.url}/x", tmp_path).read_bytes() == BODY
        assert storage.seen == [("/signed?key=1", None)]


@pytest.mark.usefixtures("token")
def test_a_host_that_did_not_get_the_token_is_told_so(server: Server, tmp_path: Path) -> None:
    with serving() as storage:
        server.answers["/x"] = Answer(302, b"", {"Location": f"{storage.url}/signed?key=hidden"})
        storage.answers["/signed?key=hidden"] = Answer(403)
        detail = refused(f"{server.url}/x", tmp_path)
    assert "another host, to which the token of DATASET_TOKEN is not sent" in detail
    assert "hidden" not in detail


@pytest.mark.parametrize("scheme", ["file", "ftp"])
def test_a_redirect_away_from_http_is_refused(scheme: str, server: Server, tmp_path: Path) -> None:
    server.answers["/x"] = Answer(302, b"", {"Location": f"{scheme}://localhost/etc/passwd"})
    assert "is not followed" in refused(f"{server.url}/x", tmp_path)


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(401), "401 Unauthorized to the token of DATASET_TOKEN", id="401"),
        pytest.param(Answer(403), "403 Forbidden to the token of DATASET_TOKEN", id="403"),
        pytest.param(Answer(404), "answers 404 Not Found", id="404"),
        pytest.param(Answer(500), "answers 500", id="500"),
        pytest.param(Answer(length=100), "ended after 20 of 100 bytes", id="cut-short"),
        pytest.param(
            Answer(headers={"Content-Type": "text/html; charset=utf-8"}), "a web page", id="html"
        ),
        pytest.param(Answer(headers={"Content-Encoding": "br"}), "encoding br", id="brotli"),
    ],
)
def test_what_goes_wrong_is_told_without_secrets(
    answer: Answer, words: str, server: Server, tmp_path: Path
) -> None:
    server.answers["/x?key=hidden"] = answer
    detail = refused(f"{server.url}/x?key=hidden", tmp_path)
    assert words in detail
    assert f"{server.url}/x:" in detail
    assert "hidden" not in detail


def test_a_missing_token_is_named_by_its_variable(server: Server, tmp_path: Path) -> None:
    server.answers["/x"] = Answer(401)
    assert "set DATASET_TOKEN to the token" in refused(f"{server.url}/x", tmp_path)


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://exports.invalid/x", "not sent over plain http", id="plain-http"),
        pytest.param("https://me:pw@exports.invalid/x", "use a token", id="password"),
        pytest.param("s3://bucket/x", "only http and https", id="other-scheme"),
        pytest.param("https:///x", "no URL of a file", id="no-host"),
        pytest.param("https://h:port/x", "no URL of a file", id="no-port"),
        pytest.param("http://[::1/x?token=pw", "no URL of a file", id="half-an-address"),
        pytest.param("https://h/a b", "percent-encode", id="space"),
        pytest.param(
            "https://h/\N{LATIN SMALL LETTER E WITH ACUTE}", "percent-encode", id="accent"
        ),
        pytest.param("http://127.0.0.1:1/x", "Connection refused", id="nobody-there"),
    ],
)
def test_what_is_not_even_asked_for(url: str, words: str, tmp_path: Path) -> None:
    detail = refused(url, tmp_path)
    assert words in detail
    assert "pw" not in detail


@pytest.mark.parametrize("bad", ["two words", "line\nend", "naïve"], ids=["space", "line", "é"])
def test_a_token_that_is_none_is_not_quoted(
    bad: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATASET_TOKEN", bad)
    detail = refused(f"{server.url}/x", tmp_path)
    assert "DATASET_TOKEN holds something that is no token" in detail
    assert bad not in detail
    assert server.seen == []


def test_a_silent_server_is_given_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "TIMEOUT_S", 0.05)
    release = threading.Event()

    class Slow(dict[str, Answer]):
        def get(self, *_: object) -> Answer:
            release.wait(5)
            return Answer()

    server.answers = Slow()
    try:
        assert "nothing came for" in refused(f"{server.url}/x", tmp_path)
    finally:
        release.set()
