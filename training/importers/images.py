"""The addresses of screenshots."""

import re
from urllib.parse import urlsplit

_IMAGE = re.compile(
    r"!\[[^\]\n]{0,300}\]\(\s*<?(?P<markdown>https?://[^\s)>]+)"
    r"|<img\b[^>]{0,500}?\bsrc\s*=\s*[\"'](?P<html>https?://[^\"'\s>]+)",
    re.IGNORECASE,
)


def images_in(text: str) -> tuple[str, ...]:
    """The addresses of the images in a Markdown text, each once, in its order."""
    addresses = (
        plain_address(match["markdown"] or match["html"]) for match in _IMAGE.finditer(text)
    )
    return tuple(dict.fromkeys(address for address in addresses if address))


def plain_address(address: str) -> str:
    """An address without credentials, query and fragment, where tokens stand; empty if bad."""
    try:
        parts = urlsplit(address)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return ""
    return f"{parts.scheme}://{host}{parts.path}" if host and parts.scheme else ""
