"""What of a page belongs to a stack trace, where a line by itself does not say so."""

from pathlib import Path

import pytest

from summarizer.segmentation import Part, SegmentKind, split
from summarizer.stacktraces import find_traces

PROSE, CODE, LOG = SegmentKind.PROSE, SegmentKind.CODE, SegmentKind.LOG
HEADING = SegmentKind.HEADING
EXCEPTION, FRAME = SegmentKind.EXCEPTION, SegmentKind.FRAME

TRACES = sorted((Path(__file__).parent / "traces").glob("*.txt"))
TRACEBACK = """\
Traceback (most recent call last):
  File "server/orders.py", line 12, in save
    raise OrderMissing(order_id)
server.errors.OrderMissing: 4711"""


def kinds_and_texts(text: str, part: Part = "description") -> list[tuple[SegmentKind, str]]:
    return [(segment.kind, segment.text) for segment in split(text, part)]


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


@pytest.mark.parametrize(
    ("text", "source_line"),
    [
        (TRACEBACK, FRAME),
        (TRACEBACK.replace("\n", "\r\n"), FRAME),
        (quoted(TRACEBACK), FRAME),
        (f"```\n{TRACEBACK}\n```", CODE),
        (f"{{noformat}}\n{TRACEBACK}\n{{noformat}}", CODE),
    ],
    ids=["plain", "CRLF", "quoted", "fence", "Jira"],
)
def test_the_end_of_a_traceback_is_an_exception_of_any_name(
    text: str, source_line: SegmentKind
) -> None:
    assert kinds_and_texts(f"Saving **fails**.\n\n{text}\n\nIt is gone.") == [
        (PROSE, "Saving fails."),
        (FRAME, "Traceback (most recent call last):"),
        (FRAME, 'File "server/orders.py", line 12, in save'),
        (source_line, "raise OrderMissing(order_id)"),
        (EXCEPTION, "server.errors.OrderMissing: 4711"),
        (PROSE, "It is gone."),
    ]


def test_the_stack_trace_part_ends_in_an_exception_too() -> None:
    last = kinds_and_texts(TRACEBACK, "stacktrace_text")[-1]
    assert last == (EXCEPTION, "server.errors.OrderMissing: 4711")


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
@pytest.mark.parametrize("part", ["description", "stacktrace_text"])
def test_segments_and_traces_agree_about_what_an_exception_is(path: Path, part: Part) -> None:
    text = path.read_text(encoding="utf-8")
    segments = split(text, part)
    by_end = {segment.end: segment.kind for segment in segments}
    by_start = {segment.start: segment.kind for segment in segments}
    for trace in find_traces(text):
        for exception in trace.exceptions:
            before = text[: exception.start].rpartition("\n")[2]
            if not before.strip(" \t|+->"):
                assert by_end[exception.end] is EXCEPTION
        for frame in trace.frames:
            assert by_start.get(frame.start, FRAME) in {FRAME, EXCEPTION}


KNOWN_ALONE = [
    "[Previous line repeated 994 more times]",
    "--- End of inner exception stack trace ---",
    "--- End of stack trace from previous location ---",
    "ExceptionGroup",
    "ParserError2",
    "Error [ERR_MODULE]: not found",
    "KeyboardInterrupt",
    "java.lang.ThreadDeath",
    "... 12 more",
    "goroutine 1 [running]:",
    "[signal SIGSEGV code=1]",
    "require@[native code]",
]


@pytest.mark.parametrize("line", KNOWN_ALONE)
def test_a_trace_line_is_known_alone(line: str) -> None:
    assert kinds_and_texts(line)[0][0] in {EXCEPTION, FRAME}


def test_a_frame_of_node_may_open_a_brace() -> None:
    text = "Error: ENOENT\n    at Object.open (node:fs:601:3) {\n  errno: -2\n}"
    assert kinds_and_texts(text)[:2] == [
        (EXCEPTION, "Error: ENOENT"),
        (FRAME, "at Object.open (node:fs:601:3) {"),
    ]


def test_a_frame_and_a_cause_that_were_broken_in_two() -> None:
    text = (
        "java.lang.NullPointerException: x\nat com.acme.ui.Order.\nread(Order.java:3)\n"
        "Caused by:\njava.io.IOException: closed\nat com.acme.io.Store.open(Store.java:3)"
    )
    assert [segment.kind for segment in split(text, "description")] == [
        *[EXCEPTION, FRAME, FRAME],
        *[FRAME, EXCEPTION, FRAME],
    ]


def test_entities_and_colours_hide_no_trace_line() -> None:
    text = "\x1b[31mjava.io.IOException: x\x1b[0m\n\tat a.b.C.&lt;init&gt;(C.java:1)"
    assert kinds_and_texts(text) == [
        (EXCEPTION, "java.io.IOException: x"),
        (FRAME, "at a.b.C.<init>(C.java:1)"),
    ]


CUT_TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    return x\n'
PROSE_LINES = {
    "error spoken of": ("It says Error: x when I save it.", "It says Error: x when I save it."),
    "exception before its frames": (
        "It fails with java.io.IOException: x\n\tat a.b.C.d(C.java:1)",
        "It fails with java.io.IOException: x",
    ),
    "frames in a sentence": (
        "It fails with java.io.IOException: x at a.b.C.d(C.java:1) at a.b.C.e(C.java:2)",
        "It fails with java.io.IOException: x at a.b.C.d(C.java:1) at a.b.C.e(C.java:2)",
    ),
    "a sentence that goes on after a frame": (
        "The cart is null\nat cart.total (cart.js:8:1) because it was never filled.",
        "at cart.total (cart.js:8:1) because it was never filled.",
    ),
    "wrapped": ("It is null\nat com.acme.Foo\nbar and it fails.", "bar and it fails."),
    "after a traceback without its end": (f"{CUT_TRACEBACK}\nThanks", "Thanks"),
    "quoted, after a traceback without its end": (f"{quoted(CUT_TRACEBACK)}\n> Thanks", "Thanks"),
    "label after a traceback without its end": (f"{CUT_TRACEBACK}Expected: Saved", "Saved"),
}


@pytest.mark.parametrize(("text", "line"), PROSE_LINES.values(), ids=PROSE_LINES.keys())
def test_prose_around_a_trace_stays_prose(text: str, line: str) -> None:
    assert (PROSE, line) in kinds_and_texts(text)


def test_a_log_line_that_ends_in_an_exception_is_ranked_with_it() -> None:
    text = (
        "2024-01-01 10:00:00 INFO idle\n"
        "2024-01-01 10:00:01 ERROR Could not save it: java.io.IOException: x\n"
        "\tat a.b.C.d(C.java:1)"
    )
    segments = split(text, "stacktrace_text")
    assert [(segment.kind, segment.priority) for segment in segments] == [
        (LOG, None),
        (LOG, 0),
        (FRAME, 2),
    ]


def test_only_the_lines_of_traces_have_a_priority() -> None:
    segments = split(f"It fails.\n\n{TRACEBACK}\n\nOS: Linux", "description")
    priorities = {segment.text: segment.priority for segment in segments}
    assert {text: at for text, at in priorities.items() if at is not None} == {
        'File "server/orders.py", line 12, in save': 2,
        "server.errors.OrderMissing: 4711": 0,
    }
