"""The environment of a report in words."""

import re

from schemas.report import Environment

_ACRONYMS = {
    word.lower(): word
    for word in (
        "API", "CPU", "DPI", "GPU", "GUI", "HTTP", "HTTPS", "ID", "IDE", "IP", "iOS", "iPad",
        "iPhone", "JDK", "JRE", "JVM", "LTE", "macOS", "OS", "PHP", "RAM", "ROM", "SDK", "SSD",
        "UI", "URL", "UUID", "VM", "VPN",
    )
}  # fmt: skip

_WORD_BOUNDARY = re.compile(
    r"(?<=[a-z0-9])(?=[A-Z])(?!(?:(?<=\bi)|(?<=\bmac))OS|(?<=\bi)P(?:hone|ad))"
    r"|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))"
)
_SEPARATOR = re.compile(r"[\s_.\-]+")


def format_environment(env: Environment | None) -> str | None:
    """`OS: macOS, Browser: Chrome 119.0`, then further keys in their order; None without any."""
    if env is None:
        return None
    os = _collapsed(env.os)
    browser = _collapsed(env.browser)
    version = _collapsed(env.browser_version)
    parts = []
    if os:
        parts.append(f"OS: {os}")
    if browser:
        parts.append(f"Browser: {_with_version(browser, version)}")
    elif version:
        parts.append(f"Browser version: {version}")
    for key, value in (env.__pydantic_extra__ or {}).items():
        text = _collapsed(value)
        if text:
            parts.append(f"{_label(key)}: {text}")
    return ", ".join(parts) or None


def _collapsed(value: str | None) -> str:
    return " ".join((value or "").split())


def _with_version(browser: str, version: str) -> str:
    """The browser with its version once, in the longer form where both name one."""
    if not version or re.search(rf"(?<![\w.]){re.escape(version)}(?!\w)", browser):
        return browser
    if version.lower().startswith(f"{browser.lower()} "):
        return version
    name, _, last = browser.rpartition(" ")
    if name and last.isdigit() and version.startswith(f"{last}."):
        return f"{name} {version}"
    return f"{browser} {version}"


def _label(key: str) -> str:
    """`deviceModel` → `Device model`, `app_version` → `App version`, `sdkVersion` → `SDK version`.

    A word is kept as it is where it is written with capitals only, or has them inside.
    """
    spaced = _SEPARATOR.sub(" ", key)
    if spaced.lower().strip() in _ACRONYMS:
        return _ACRONYMS[spaced.lower().strip()]
    words = [_word(word) for word in _WORD_BOUNDARY.sub(" ", spaced).split()]
    label = " ".join(words) or _collapsed(key)
    first, rest = label[:1], label[1:]
    return label if words and words[0] in _ACRONYMS.values() else first.upper() + rest


def _word(word: str) -> str:
    if word.lower() in _ACRONYMS:
        return _ACRONYMS[word.lower()]
    is_acronym = len(word) > 1 and word.removesuffix("s").isupper()
    return word if is_acronym else word.lower()
