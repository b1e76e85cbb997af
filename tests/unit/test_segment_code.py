import pytest

from summarizer.segmentation import Segment, SegmentKind, split

PROSE, CODE, LOG = SegmentKind.PROSE, SegmentKind.CODE, SegmentKind.LOG
EXCEPTION, FRAME = SegmentKind.EXCEPTION, SegmentKind.FRAME


def segments_of(text: str) -> list[Segment]:
    return split(text, "description")


def kinds_and_texts(text: str) -> list[tuple[SegmentKind, str]]:
    return [(segment.kind, segment.text) for segment in segments_of(text)]


CODE_BLOCKS = {
    "backticks": "```js\na = *b*;\n\n  c_d_e()\n```\nafter",
    "tildes": "~~~\na = *b*;\n\n  c_d_e()\n~~~\nafter",
    "closing backticks on the last line": "```\na = *b*;\nc_d_e()```\nafter",
    "code on the opening line": "```a = *b*;\nc_d_e()\n```\nafter",
    "Jira code": "{code:java|title=x}\na = *b*;\nc_d_e()\n{code}\nafter",
    "Jira noformat": "{noformat}\na = *b*;\nc_d_e()\n{noformat}\nafter",
    "pre": "<pre>\na = *b*;\nc_d_e()\n</pre>\nafter",
    "unclosed": "```\na = *b*;\nc_d_e()\n\nafter",
    "unclosed Jira code": "{code}\na = *b*;\nc_d_e()\n\nafter",
}


def test_a_fence_is_closed_by_one_that_is_as_long() -> None:
    text = "````md\n```js\na = *b*;\n```\n````\nafter"
    assert [(segment.kind, segment.text) for segment in segments_of(text)] == [
        (CODE, "```js"),
        (CODE, "a = *b*;"),
        (CODE, "```"),
        (PROSE, "after"),
    ]


@pytest.mark.parametrize(
    "label", ["**Expected behaviour** It opens", "Actual: it fails", "### Steps"]
)
def test_a_label_ends_a_block_that_is_never_closed(label: str) -> None:
    kinds = [segment.kind for segment in segments_of(f"```\nversion: 3\n# steps\n{label}")]
    assert kinds[:3] == [CODE, CODE, SegmentKind.HEADING]


def test_the_code_that_a_traceback_shows_is_no_prose() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "a.py", line 1, in f\n    return prices[key]\n           ~~~~~~^^^^^\n'
        '  File "a.py", line 2, in g\n    raise\n    ^^^^^\nKeyError: 3\n\nThen it closes.'
    )
    kinds = [segment.kind for segment in segments_of(text)]
    assert kinds == [*[FRAME] * 5, EXCEPTION, PROSE]


def test_what_npm_prints_is_a_log() -> None:
    text = "npm ERR! code ERESOLVE\nnpm WARN deprecated a@1.0.0: use b\nIt does not install."
    assert [segment.kind for segment in segments_of(text)] == [LOG, LOG, PROSE]


@pytest.mark.parametrize("text", CODE_BLOCKS.values(), ids=CODE_BLOCKS.keys())
def test_a_code_block_is_kept_line_by_line(text: str) -> None:
    assert kinds_and_texts(text) == [(CODE, "a = *b*;"), (CODE, "c_d_e()"), (PROSE, "after")]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    "line",
    [
        "    win.open();",
        "var view = Ti.UI.createView({",
        "});",
        "if (a == b) {",
        "import java.util.List;",
        '<View ns="Ti.Map" id="map">',
        "// open the window",
        "$ npm install",
    ],
)
def test_code_outside_a_block_is_code(line: str, newline: str) -> None:
    assert kinds_and_texts(f"Run this{newline}{line}{newline}")[1] == (CODE, line.strip())


def test_a_plain_line_between_lines_of_code_is_code() -> None:
    text = "var a = Ti.UI.createView({\n    height: Ti.UI.SIZE\n});"
    assert [segment.kind for segment in segments_of(text)] == [CODE, CODE, CODE]


@pytest.mark.parametrize(
    "line",
    [
        "[ERROR] : could not_open *x*. Giving up. Now",
        "2021-03-04 10:11:12,123 WARN foo: bar",
        "12-01 10:11:12.123 E/Foo( 123): bar",
        "E/TiApplication( 2264): bar",
        "Mar  4 10:11:12 host kernel: bar",
        "!MESSAGE An internal error occurred",
        "ERROR: could not open",
    ],
)
def test_a_log_line_is_kept_whole(line: str) -> None:
    assert kinds_and_texts(f"See this\n{line}\n{line}")[1:] == [(LOG, " ".join(line.split()))] * 2


TRACE = """\
java.lang.IllegalStateException: not ready. Try again
\tat com.example.Foo.<init>(Foo.java:12)
\tat com.example.Foo.run_it_now(Foo.java:15)
Caused by: java.io.IOException: closed
\t... 12 more"""
TRACE_KINDS = [EXCEPTION, FRAME, FRAME, EXCEPTION, FRAME]


@pytest.mark.parametrize(
    "text",
    [
        f"It crashes:\n{TRACE}",
        f"It crashes:\n```\n{TRACE}\n```",
        f"It crashes:\n{{code}}\n{TRACE}\n{{code}}",
    ],
    ids=["plain", "fence", "Jira code"],
)
def test_a_stack_trace_in_the_description_keeps_its_lines(text: str) -> None:
    segments = segments_of(text)[1:]
    assert [segment.kind for segment in segments] == TRACE_KINDS
    assert segments[1].text == "at com.example.Foo.<init>(Foo.java:12)"


def test_the_stack_trace_part_has_no_markup() -> None:
    segments = split(f"{TRACE}\n  x = *y* # z", "stacktrace_text")
    assert [segment.kind for segment in segments] == [*TRACE_KINDS, CODE]
    assert segments[-1].text == "x = *y* # z"
    assert {segment.part for segment in segments} == {"stacktrace_text"}
