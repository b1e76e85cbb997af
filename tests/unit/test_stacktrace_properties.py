"""What holds for every text: no exception, spans that fit, time that grows with the length."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.stacktraces import (
    ExceptionLine,
    Frame,
    StackTrace,
    classify_line,
    find_traces,
    rank_lines,
)
from tests.growth import assert_linear

TRACES = Path(__file__).parent / "traces"
LINES = [
    line
    for path in sorted(TRACES.glob("*.txt"))
    for line in path.read_text(encoding="utf-8").splitlines()
]
FRAGMENTS = st.sampled_from(
    ["at ", "a.b.C.d", "(C.java:1)", "Caused by: ", "Error: ", "\n", "\r\n", " ", "@", ":1:2",
     "\\n", " ---> ", "[ERROR] ", 'File "', '", line 3', ", in f", ":in `x'", "panic: ",
     "main.f(0x1)", "\t/a/b.go:1 +0x1", "<br>", "{code}", "... 3 more", "goroutine 1 [running]:",
     "é", "java.lang.X", "KeyError:", "# a.rb:1", "Cell In[3], line 1", "File a.py:1, in f(x)",
     " ~[classes!/:na]", "a=1 "]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(LINES), max_size=30).map("\n".join),
    st.lists(FRAGMENTS, max_size=40).map("".join),
)


def pieces_of(trace: StackTrace) -> list[ExceptionLine | Frame]:
    return [*trace.exceptions, *trace.frames]


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_spans_fit_the_text(text: str) -> None:
    end = 0
    for trace in find_traces(text):
        assert end <= trace.start < trace.end <= len(text)
        end = trace.end
        assert trace.exceptions or trace.frames
        for piece in pieces_of(trace):
            assert trace.start <= piece.start < piece.end <= trace.end
            shown = text[piece.start : piece.end]
            assert shown == shown.strip()
        top = trace.top_application_frame
        assert (top is None) == (not trace.frames)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_ranked_lines_are_the_exceptions_and_frames(text: str) -> None:
    traces = find_traces(text)
    pieces = {(piece.start, piece.end) for trace in traces for piece in pieces_of(trace)}
    assert {(line.start, line.end) for line in rank_lines(text)} == pieces


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_line_can_be_classified(line: str) -> None:
    classify_line(line)


@pytest.mark.parametrize(
    "unit",
    [
        " ",
        "\n",
        "at ",
        "at a(",
        "at a.b.c(\n",
        "at\n",
        "a.",
        'File "',
        "a@/",
        "\\na@/b:1",
        "[a] ",
        "> ",
        "<br>",
        "Caused by:\n",
        "java.lang.NullPointerException: ",
        "java.lang.NullPointerException\n",
        "System.A: x ---> ",
        " at com.acme.Foo.bar(Foo.java:12)",
        "\tat com.acme.Foo.bar(Foo.java:12)\n",
        '  File "a.py", line 3, in f\n    x = 1\n',
        "main.f(0x1)\n\t/a/b.go:1 +0x1\n",
        "panic: x\n",
        "goroutine 1 [running]:\n",
        "a.rb:1:in `x': m (T)\n",
        "a" * 250 + "@",
        "at x (eval at " + "eval at " * 60 + ", " * 60 + "\n",
        "aA" * 49 + ".",
        "File a.py:1, in f(" * 100 + "\n",
        "Cell In[3], line 1\n----> 1 f()\n",
        "KeyError:\n",
        "KeyError:\n  x\n",
        "1-1 a b ",
        "# a.rb:1\n",
        "\tat a.B.c(B.java:1) ~[classes!/:na]\n\tat d.E.f(E.java:1) ~[e.jar:1]\n",
    ],
    ids=lambda unit: repr(unit[:30]),
)
def test_time_grows_with_the_text(unit: str) -> None:
    assert_linear(find_traces, unit, 200_000)
