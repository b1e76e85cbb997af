import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from summarizer.segmentation import Part, split
from summarizer.segmentation.sentences import MAX_CHARS
from tests.growth import assert_linear

HOSTILE = [
    "<",
    "[",
    "*",
    "{",
    " ",
    "a.",
    "(",
    "`",
    "_",
    "~",
    "|",
    "!",
    "#",
    "&",
    "\\",
    "\n",
    "\r\n",
    "- ",
    "> ",
    "<!--",
    "```\n",
    "{code}",
    "{{",
    "![",
    "[a|",
    "[a](",
    "*a",
    "_a",
    "+a",
    "__a ",
    "&#",
    "a. ",
    ". ",
    "...",
    "<pre>",
    "http://",
    "a:\n",
    "a\n",
    "# a\n",
    "|a",
    "foo(",
    "foo(a\n",
    "at a.b(",
    "expected ",
    "steps to ",
    "12:",
    "[1",
    "。",
    "😀",
    "\t",
    "a=",
    "<div id=",
    "<p>",
    "--",
    "---\n",
    "'",
    '"',
    "a,",
    "f(x)",
    "{a",
    "[[",
    "]](",
    "QUJD",
    "~~~^\n",
    "````\n`````\n",
    "1. A ",
    '  File "a.py", line 1, in f\nA\n',
    "at a.b(C.java:1) ",
    "at a.b.\n",
    ">  ",
    "\x1b[",
]


@pytest.mark.parametrize("pattern", HOSTILE, ids=repr)
def test_hostile_text_takes_linear_time(pattern: str) -> None:
    assert_linear(lambda text: split(text, "description"), pattern, 100_000)
    assert_linear(lambda text: split(text, "stacktrace_text"), pattern, 100_000)


PIECES = st.sampled_from(
    [
        *HOSTILE,
        "Expected: ",
        "Actual result",
        "h3. ",
        "**",
        "</b>",
        "<b>",
        "<li>",
        "<br>",
        "&quot;",
        "-->",
        "1. ",
        "\n\n",
        "[ERROR] ",
        "at a.B.c(D.java:1)",
        "java.io.IOException: x",
        "Traceback",
        "\u200b",
        "{quote}",
        "e.g. ",
        "word ",
        "Word. ",
        "\ue000",
        "\x00",
        "\x02",
        "\x03",
        "</pre>",
        "~~~\n",
        "```",
        "\ud800",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))
BOTH_PARTS: list[Part] = ["description", "stacktrace_text"]
PARTS = st.sampled_from(BOTH_PARTS)


@settings(max_examples=300, deadline=None)
@example(text="h1. ", part="stacktrace_text")
@given(text=TEXTS, part=PARTS)
def test_segments_are_ordered_bounded_and_never_blank(text: str, part: Part) -> None:
    end = 0
    for segment in split(text, part):
        assert end <= segment.start < segment.end <= len(text)
        assert segment.text.strip() == segment.text != ""
        assert len(segment.text) <= MAX_CHARS
        assert not re.search(r"[\x00-\x1f\ue000-\ue010]", segment.text)
        end = segment.end


WORDS = st.from_regex(r"[A-Za-z]{2,12}", fullmatch=True)
SENTENCE = st.lists(WORDS, min_size=1, max_size=15).map(lambda words: " ".join(words) + ".")
PROSE_TEXTS = st.lists(
    st.tuples(SENTENCE, st.sampled_from([" ", "\n", "\n\n", "\r\n"])), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(sentences=PROSE_TEXTS)
def test_no_word_of_prose_is_lost(sentences: list[tuple[str, str]]) -> None:
    text = "".join(sentence + gap for sentence, gap in sentences)
    found = " ".join(segment.text for segment in split(text, "description"))
    assert re.findall(r"\w{2,}", found) == re.findall(r"\w{2,}", text)
