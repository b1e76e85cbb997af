"""The environment in words."""

from typing import Any

import pytest

from schemas.report import Environment
from summarizer.environment import format_environment

CASES: list[tuple[str, dict[str, Any], str | None]] = [
    (
        "all three",
        {"os": "macOS", "browser": "Chrome", "browserVersion": "119.0"},
        "OS: macOS, Browser: Chrome 119.0",
    ),
    ("os only", {"os": "Windows 11"}, "OS: Windows 11"),
    ("browser only", {"browser": "Firefox"}, "Browser: Firefox"),
    ("version only", {"browserVersion": "119.0"}, "Browser version: 119.0"),
    (
        "browser with its version",
        {"browser": "Chrome 119.0", "browserVersion": "119.0"},
        "Browser: Chrome 119.0",
    ),
    (
        "browser with a longer version",
        {"browser": "Chrome 119.0.6045", "browserVersion": "119.0"},
        "Browser: Chrome 119.0.6045",
    ),
    (
        "browser with its major version",
        {"browser": "Chrome 119", "browserVersion": "119.0"},
        "Browser: Chrome 119.0",
    ),
    (
        "version inside another number",
        {"browser": "Chrome 1190", "browserVersion": "19"},
        "Browser: Chrome 1190 19",
    ),
    (
        "extra keys in their order",
        {"deviceModel": "Pixel 8", "os": "Android", "app_version": 1.2},
        "OS: Android, Device model: Pixel 8, App version: 1.2",
    ),
    (
        "acronyms",
        {"RAM": "8 GB", "sdkVersion": 34, "iOSVersion": "17", "gpu": "M2", "userID": "u1"},
        "RAM: 8 GB, SDK version: 34, iOS version: 17, GPU: M2, User ID: u1",
    ),
    (
        "browser named in the version",
        {"browser": "Firefox", "browserVersion": "Firefox 120"},
        "Browser: Firefox 120",
    ),
    ("plural acronyms", {"IDEs": "2", "GPUs": "4"}, "IDEs: 2, GPUs: 4"),
    ("Apple's devices", {"iPhoneModel": "14"}, "iPhone model: 14"),
    ("a flag", {"dark-mode": True}, "Dark mode: yes"),
    ("unknown capitals", {"HTTPProxy": "on", "XYZ": "1"}, "HTTP proxy: on, XYZ: 1"),
    ("white space", {"os": " mac \n OS ", "locale": "de\t DE"}, "OS: mac OS, Locale: de DE"),
    ("nulls and blanks", {"os": None, "browser": " ", "locale": None, "x": "\n"}, None),
    ("nothing", {}, None),
]


@pytest.mark.parametrize(
    ("env", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_format(env: dict[str, Any], expected: str | None) -> None:
    assert format_environment(Environment.model_validate(env)) == expected


def test_no_environment() -> None:
    assert format_environment(None) is None
