"""Where the frames of an event stand, and what its platform is where it does not say."""

from typing import Any

import pytest

from summarizer.stacktraces import Language, find_traces
from tests.events import frame, raised, trace
from tests.exports import EXPORTS, import_files
from training.importers.sentry import Sentry
from training.importers.sentry_event import read_event
from training.importers.sentry_trace import trace_of


@pytest.mark.parametrize(
    ("file", "language"),
    [
        pytest.param("shop/views.py", Language.PYTHON, id="python"),
        pytest.param("Cart.kt", Language.JAVA, id="kotlin"),
        pytest.param("/srv/app/order.rb", Language.RUBY, id="ruby"),
        pytest.param("/srv/main.go", Language.GO, id="go"),
        pytest.param("/srv/cart.js", Language.JAVASCRIPT, id="javascript"),
    ],
)
@pytest.mark.parametrize("platform", [None, "other"])
def test_without_a_platform_the_files_tell(
    file: str, language: Language, platform: str | None
) -> None:
    text = trace(platform, raised("E", "x", frame("total", file, 3, module="com.acme.Cart")))
    assert find_traces(text)[-1].language is language


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"stacktrace": {"frames": [frame("f", "/a/b.py", 3)]}}, id="of-the-event"),
        pytest.param(
            {
                "threads": {
                    "values": [
                        {"id": 1, "stacktrace": {"frames": [frame("g", "/a/g.py", 1)]}},
                        {
                            "id": 2,
                            "crashed": True,
                            "stacktrace": {"frames": [frame("f", "/a/b.py", 3)]},
                        },
                        {"id": 3, "stacktrace": None},
                    ]
                }
            },
            id="of-the-crashed-thread",
        ),
    ],
)
def test_frames_that_stand_elsewhere_are_those_of_the_exception(parts: dict[str, Any]) -> None:
    bare = {"type": "ValueError", "value": "bad", "stacktrace": None}
    assert trace("python", bare, **parts) == (
        'Traceback (most recent call last):\n  File "/a/b.py", line 3, in f\nValueError: bad'
    )


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"exception": {"values": [{"type": "E", "value": "x"}, {}]}}, id="no-frames"),
        pytest.param(
            {"exception": {"values": [{"stacktrace": {"frames": [{"lineno": 3}]}}]}},
            id="a-frame-without-a-place",
        ),
    ],
)
def test_without_frames_there_is_no_trace(event: dict[str, Any]) -> None:
    assert trace_of(read_event(event)) == ""


def test_the_source_line_of_the_web_api_is_found_by_its_number() -> None:
    lines = [[2, "x"], [3, "  y()"]]
    found = {"function": "f", "absPath": "/a/b.py", "lineNo": 3, "context": lines}
    assert "    y()\n" in trace("python", raised("E", "x", found))


REAL = {
    "sentry.json": [
        (Language.GO, 1, 1),
        (Language.DOTNET, 4, 4),
        (Language.PYTHON, 3, 3),
        (Language.DOTNET, 6, 9),
    ],
    "sentry_api.json": [(Language.JAVASCRIPT, 7, 7)],
    "sentry_legacy.json": [
        (Language.JAVA, 12, 12),
        (Language.JAVASCRIPT, 4, 4),
        (Language.RUBY, 3, 3),
    ],
}
"""By file and event: the language, the frames that the parser finds, and those that are there."""


@pytest.mark.parametrize("name", REAL)
def test_the_traces_of_real_events_are_recognised(name: str) -> None:
    records, _ = import_files(Sentry(), EXPORTS / name)
    found = []
    for record in records:
        text = record.input.stacktrace_text or ""
        last = find_traces(text)[-1]
        calls = [line for line in text.splitlines() if _is_call(line)]
        found.append((last.language, len(last.frames), len(calls)))
        assert last.top_application_frame is not None
    assert found == REAL[name]


def _is_call(line: str) -> bool:
    return line.lstrip().startswith(("at ", "File ", "from ", "main.main(")) or "in `/'" in line
