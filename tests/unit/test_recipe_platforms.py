import pytest

from training.recipe.platforms import is_environment_line, parse_env


@pytest.mark.parametrize(
    ("text", "env"),
    [
        pytest.param(
            "User Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:107.0) Gecko/20100101 "
            "Firefox/107.0",
            {"os": "Windows 10", "browser": "Firefox", "browserVersion": "107.0"},
            id="firefox-agent",
        ),
        pytest.param(
            "mozilla/5.0 (macintosh; intel mac os x 10_15_6) applewebkit/605.1.15 (khtml, like "
            "gecko) version/14.0.1 safari/605.1.15",
            {"os": "macOS 10.15.6", "browser": "Safari", "browserVersion": "14.0.1"},
            id="safari-agent",
        ),
        pytest.param("iOS 8.3, Titanium SDK 4.1", {"os": "iOS 8.3"}, id="ios"),
        pytest.param("Android version 4.4.2", {"os": "Android 4.4.2"}, id="android"),
        pytest.param("MacOSX 10.10.5, Android", {"os": "macOS 10.10.5"}, id="macos"),
        pytest.param("OSX, 3.3.0.GA, iOS", {"os": "macOS"}, id="version-of-something-else"),
        pytest.param(
            "Browser / Version: Firefox 90.0",
            {"browser": "Firefox", "browserVersion": "90.0"},
            id="browser-line",
        ),
        pytest.param("Titanium Studio 3.2.1", {}, id="nothing-known"),
    ],
)
def test_systems_and_browsers_are_found(text: str, env: dict[str, str]) -> None:
    assert parse_env(text) == env


@pytest.mark.parametrize(
    ("line", "is_environment"),
    [
        pytest.param("Build ID: I20061214-1445", True, id="eclipse-build"),
        pytest.param("- firefox nightly 90.0a1, build id 20210518213628", True, id="firefox"),
        pytest.param("macOS 14.2.1", True, id="system"),
        pytest.param("1. launch firefox 90", False, id="step"),
        pytest.param("The window closes on iOS 8.3 after a tap on the button", False, id="prose"),
        pytest.param("at Foo.bar(Foo.java:12)", False, id="frame"),
    ],
)
def test_a_line_that_only_names_the_environment(line: str, is_environment: bool) -> None:
    assert is_environment_line(line) is is_environment
