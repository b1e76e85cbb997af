"""An export that is fetched over HTTP, with a bearer token that nobody else gets to see."""

import http.client
import ipaddress
import os
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from schemas.errors import DatasetError

TIMEOUT_S = 60.0
"""How long a connection may be silent."""

_CHUNK_BYTES = 1 << 20
_READABLE_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip"})
_PORTS = {"http": 80, "https": 443}


def download(url: str, shown: str, path: Path, token_variable: str) -> None:
    """Fetch a URL into a file, which is there whole or not at all.

    The token of the environment variable, if it is set, goes to the host of the URL alone, and
    never unencrypted over a network. `shown` stands for the URL in messages.

    Raises:
        DatasetError: it cannot be fetched; the message says why and names no secret.
    """
    parts = _checked(url, shown)
    token = _token(token_variable)
    if token is not None and parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise DatasetError(
            f"{shown}: the token of {token_variable} is not sent over plain http; use https, or "
            f"unset {token_variable}"
        )
    # A body that is compressed on the way is kept so: the reader goes by what the bytes are.
    headers = {"Accept-Encoding": "gzip", "User-Agent": "bug-summarizer"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - checked above
        with _opener(parts).open(request, timeout=TIMEOUT_S) as response:
            _spool(response, shown, unfinished)
        unfinished.replace(path)
    except urllib.error.HTTPError as error:
        error.close()
        # What urllib raises holds the URL with its query, so none of it is chained.
        reason = _refusal(error.code, token, token_variable)
        if token is not None and _origin(urlsplit(error.url)) != _origin(parts):
            reason = (
                f"it leads to another host, to which the token of {token_variable} is not sent, "
                f"and {_refusal(error.code, None, token_variable)}"
            )
        raise DatasetError(f"{shown}: {reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DatasetError(f"{shown}: cannot be fetched: {_reason(error)}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _checked(url: str, shown: str) -> SplitResult:
    if any(not "!" <= character <= "~" for character in url):
        raise DatasetError(
            f"{shown}: a URL has no spaces and no characters beyond ASCII; percent-encode them"
        )
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host:
        raise DatasetError(f"{shown} is no URL of a file")
    if parts.scheme not in _PORTS:
        raise DatasetError(f"{shown}: only http and https are fetched")
    if "@" in parts.netloc:
        raise DatasetError(f"{shown}: a URL with a user or a password is not fetched; use a token")
    return parts


def _token(variable: str) -> str | None:
    token = os.environ.get(variable, "").strip()
    # http.client would quote what it refuses, so it never gets to see it.
    if any(not "!" <= character <= "~" for character in token):
        raise DatasetError(
            f"{variable} holds something that is no token: it may have no spaces, line ends or "
            "characters beyond ASCII"
        )
    return token or None


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _opener(parts: SplitResult) -> urllib.request.OpenerDirector:
    # What runs on this machine is not looked for behind a proxy.
    proxies: dict[str, str] | None = {} if _is_loopback(parts.hostname) else None
    return urllib.request.build_opener(_Redirects(), urllib.request.ProxyHandler(proxies))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect, with the token only where it leads to the same host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The next request, or an error for one that would leave http(s) or drop encryption."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme not in _PORTS or (old.scheme == "https" and new.scheme == "http"):
            fp.close()
            raise urllib.error.URLError(f"a redirect to {new.scheme} is not followed")
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and _origin(old) != _origin(new):
            following.remove_header("Authorization")
        return following


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


def _spool(response: http.client.HTTPResponse, shown: str, path: Path) -> None:
    encoding = (response.headers.get("Content-Encoding") or "").strip().lower()
    if encoding not in _READABLE_ENCODINGS:
        raise DatasetError(f"{shown}: it is sent in the encoding {encoding}; only gzip is read")
    if response.headers.get_content_type() == "text/html":
        raise DatasetError(
            f"{shown}: it answers with a web page instead of records; give the URL of the export "
            "itself, and the token if it asks for one"
        )
    announced = response.headers.get("Content-Length")
    received = 0
    with path.open("wb") as file:
        while chunk := response.read(_CHUNK_BYTES):
            received += len(chunk)
            file.write(chunk)
    if announced is not None and announced.isdigit() and int(announced) != received:
        raise DatasetError(
            f"{shown}: the connection ended after {received} of {announced} bytes; try again"
        )


def _refusal(status: int, token: str | None, variable: str) -> str:
    reason = f"the server answers {status} {http.client.responses.get(status, '')}".rstrip()
    if 300 <= status < 400:
        return f"{reason}, a redirect that is not followed"
    if status not in (401, 403):
        return reason
    if token is None:
        return f"{reason}; set {variable} to the token that it asks for"
    return f"{reason} to the token of {variable}; set one that may read this export"


def _reason(error: Exception) -> str:
    """What went wrong, without the URL that some messages quote."""
    if isinstance(error, urllib.error.URLError):
        cause = error.reason
        return _reason(cause) if isinstance(cause, Exception) else str(cause)
    if isinstance(error, TimeoutError):
        return f"nothing came for {TIMEOUT_S:.0f} seconds"
    if isinstance(error, ssl.SSLError):
        return f"no trusted connection ({error.reason})"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection ended in the middle; try again"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
