import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.segments import Part, Segment, SegmentKind, split
from summarizer.sentences import MAX_CHARS

PROSE, HEADING, ITEM = SegmentKind.PROSE, SegmentKind.HEADING, SegmentKind.ITEM
CODE, LOG = SegmentKind.CODE, SegmentKind.LOG
EXCEPTION, FRAME = SegmentKind.EXCEPTION, SegmentKind.FRAME


def segments_of(text: str) -> list[Segment]:
    return split(text, "description")


def texts_of(text: str) -> list[str]:
    return [segment.text for segment in segments_of(text)]


def kinds_and_texts(text: str) -> list[tuple[SegmentKind, str]]:
    return [(segment.kind, segment.text) for segment in segments_of(text)]


SENTENCES = {
    "two": ("It crashes. Then it restarts.", ["It crashes.", "Then it restarts."]),
    "lower case start": ("it crashes. then it hangs.", ["it crashes.", "then it hangs."]),
    "e.g.": ("Use a browser, e.g. Chrome. It fails.", ["Use a browser, e.g. Chrome.", "It fails."]),
    "i.e.": ("The old one, i.e. the first, works.", ["The old one, i.e. the first, works."]),
    "etc. inside": ("Tabs, menus etc. are gone.", ["Tabs, menus etc. are gone."]),
    "etc. at the end": (
        "I see tabs etc. The menu is gone.",
        ["I see tabs etc.", "The menu is gone."],
    ),
    "vs.": ("It is A vs. B here.", ["It is A vs. B here."]),
    "title": ("Mr. Smith saw it.", ["Mr. Smith saw it."]),
    "initial": ("As J. Smith said.", ["As J. Smith said."]),
    "no. before a number": ("See no. 5 of the list.", ["See no. 5 of the list."]),
    "no at the end": ("I said no. It went on.", ["I said no.", "It went on."]),
    "approx.": ("It takes approx. 5 s.", ["It takes approx. 5 s."]),
    "version": (
        "Broken since v1.2.3. On 10.15.7 it works.",
        ["Broken since v1.2.3.", "On 10.15.7 it works."],
    ),
    "file name": ("Open index.html and foo.bar() there.", ["Open index.html and foo.bar() there."]),
    "Node.js": ("Node.js fails. Deno works.", ["Node.js fails.", "Deno works."]),
    "URL": (
        "See http://a.example/x.y?z=1. It fails.",
        ["See http://a.example/x.y?z=1.", "It fails."],
    ),
    "ellipsis going on": ("It loads... and loads.", ["It loads... and loads."]),
    "ellipsis ending": ("It loads... Then nothing.", ["It loads...", "Then nothing."]),
    "mixed marks": ("Why?! It worked.", ["Why?!", "It worked."]),
    "quote after stop": ('It says "Failed." Then it ends.', ['It says "Failed."', "Then it ends."]),
    "bracket after stop": ("(It fails.) Then it ends.", ["(It fails.)", "Then it ends."]),
    "question in a quote": ('It asks "Sure?" and ends.', ['It asks "Sure?" and ends.']),
    "forgotten space": (
        "It crashes.When I retry it works.",
        ["It crashes.", "When I retry it works."],
    ),
    "namespaces": ("Ti.UI.Window and System.Text break.", ["Ti.UI.Window and System.Text break."]),
    "Chinese": ("应用崩溃了。然后重启！为什么？", ["应用崩溃了。", "然后重启！", "为什么？"]),  # noqa: RUF001
    "no punctuation": ("app crash on start please fix", ["app crash on start please fix"]),
    "emoji": ("It fails 😥. Please fix 🙏", ["It fails 😥.", "Please fix 🙏"]),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert texts_of(text) == expected


MARKUP = {
    "bold": ("The **menu** is *gone*.", "The menu is gone."),
    "italic": ("The _whole menu_ is gone.", "The whole menu is gone."),
    "identifiers keep underscores": (
        "Set foo_bar_baz and __init__.",
        "Set foo_bar_baz and __init__.",
    ),
    "inline code keeps its characters": ("Call `a_b_c(*args)` now", "Call a_b_c(*args) now"),
    "code of an HTML tag": ("The `<b>` is gone", "The <b> is gone"),
    "link": ("See [the docs](http://a.example/b_(c)) first", "See the docs first"),
    "image in text": ("Look ![shot](a.png) here", "Look here"),
    "strike": ("It is ~~not~~ broken", "It is not broken"),
    "multiplication": ("2 * 3 * 4 is wrong", "2 * 3 * 4 is wrong"),
    "shortcut": ("Press Ctrl + A + B", "Press Ctrl + A + B"),
    "Jira mono": ("Call {{a_b_c}} now", "Call a_b_c now"),
    "Jira link": ("See [the docs|http://a.example] now", "See the docs now"),
    "Jira bare link": ("See [http://a.example/x_y_z] now", "See http://a.example/x_y_z now"),
    "brackets are no link": ("The [OK] button and [a|b] fail", "The [OK] button and [a|b] fail"),
    "Jira colour": ("It is {color:red}broken{color} now", "It is broken now"),
    "Jira inline code": ("Call {code}a_b(){code} now", "Call a_b() now"),
    "Jira mention": ("Ask [~user] now", "Ask user now"),
    "Jira image": ("Look !shot.png|thumbnail! here", "Look here"),
    "entities": ("a &lt; b &amp;&amp; &quot;c&quot;", 'a < b && "c"'),
    "HTML": ("<p>The <b>menu</b> is gone</p>", "The menu is gone"),
    "a tag spoken of": ("The <div> element is empty", "The <div> element is empty"),
    "type parameter": (
        "A List<B> or a Map<String, T> fails",
        "A List<B> or a Map<String, T> fails",
    ),
    "block quote": ("> The menu is gone", "The menu is gone"),
    "comment": ("The menu <!-- not this --> is gone", "The menu is gone"),
    "zero width": ("The\u200b menu\ufeff is gone", "The menu is gone"),
    "no-break space and tab": ("The\u00a0menu\tis gone", "The menu is gone"),
    "escape": (r"The \*menu\* is gone", "The *menu* is gone"),
    "Windows path": (r"Open C:\foo\_bar now", r"Open C:\foo\_bar now"),
    "a comment that never ends": ("The <!-- menu is gone", "The <!-- menu is gone"),
}


@pytest.mark.parametrize(("text", "expected"), MARKUP.values(), ids=MARKUP.keys())
def test_markup_is_removed_and_nothing_else(text: str, expected: str) -> None:
    assert texts_of(text) == [expected]


NOTHING = {
    "dashes": "----",
    "underscores": "___",
    "stars": "****",
    "image": "![shot](http://a.example/a.png)",
    "linked image": "[![shot](a.png)](http://a.example)",
    "Jira image": "!shot one.png|thumbnail!",
    "HTML image": '<img alt="shot" src="a.png">',
    "comment": "<!-- say what\nyou saw -->",
    "zero width": "\u200b\ufeff\u2060",
    "table rule": "|---|:--:|",
    "empty fence": "```\n\n```",
    "white space": " \t\r\n \u00a0",
    "punctuation": "... !",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING.keys())
def test_what_says_nothing_yields_no_segment(text: str) -> None:
    assert segments_of(text) == []


HEADINGS = {
    "label with colon": "Steps to reproduce:",
    "label alone": "Expected Results",
    "lower case label": "expected behaviour",
    "Markdown": "## Expected result",
    "Jira": "h3. Actual",
    "Jira bold": "*Actual result:*",
    "bold, colon outside": "**Actual result**:",
    "HTML": "<h3>Environment</h3>",
    "any Markdown title": "### Why the menu matters",
    "setext": "The menu is gone\n================",
    "short title": "Console output here:",
    "what happened": "What happened?",
}


@pytest.mark.parametrize("text", HEADINGS.values(), ids=HEADINGS.keys())
def test_a_title_or_label_is_a_heading(text: str) -> None:
    following = "\nThe page is blank."
    assert [segment.kind for segment in segments_of(text + following)] == [HEADING, PROSE]


LABELLED = {
    "plain": ("Expected: the page opens", "Expected:", "the page opens"),
    "bold": ("**Actual result:** crashes", "Actual result:", "crashes"),
    "bold, colon outside": ("**Problem type**: Not usable", "Problem type:", "Not usable"),
    "Jira bold": ("*Expected Result:* the page opens", "Expected Result:", "the page opens"),
    "coloured": ("{color:red}Note{color}: it works", "Note:", "it works"),
    "browser": ("**Browser / Version**: Firefox 87.0", "Browser / Version:", "Firefox 87.0"),
    "in brackets": ("Expected (by me): it opens", "Expected (by me):", "it opens"),
    "dash": ("Expected result - it opens", "Expected result -", "it opens"),
    "workaround": ("Workaround: restart it", "Workaround:", "restart it"),
}


@pytest.mark.parametrize(("text", "label", "rest"), LABELLED.values(), ids=LABELLED.keys())
def test_a_known_label_is_split_off(text: str, label: str, rest: str) -> None:
    assert kinds_and_texts(text) == [(HEADING, label), (PROSE, rest)]


def test_a_label_inside_a_paragraph_is_split_off() -> None:
    assert kinds_and_texts("It fires twice. Expected behavior: it fires once.") == [
        (PROSE, "It fires twice."),
        (HEADING, "Expected behavior:"),
        (PROSE, "it fires once."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Error: could not open",
        "Warning: the disk is full",
        "Chrome: it works",
        "message",
        "Version 3 fails",
    ],
)
def test_other_words_before_a_colon_stay(text: str) -> None:
    assert texts_of(text) == [text]


LISTS = {
    "dashes": "- one\n- two",
    "stars": "* one\n* two",
    "tight dashes": "-one\n-two",
    "numbers": "1. one\n2) two",
    "bare numbers": "1 one\n2 two",
    "numbers on their own lines": "1.\none\n2.\ntwo",
    "letters": "a) one\nb) two",
    "Jira numbers": "# one\n# two",
    "Jira nested": "* one\n** two",
    "tasks": "- [x] one\n- [ ] two",
    "HTML": "<ul><li>one</li><li>two</li></ul>",
    "bullets": "• one\n•two",
    "loose": "- one\n\n- two",
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS.keys())
def test_items_lose_their_bullets_and_share_a_block(text: str) -> None:
    segments = segments_of(text)
    assert [(segment.kind, segment.text) for segment in segments] == [(ITEM, "one"), (ITEM, "two")]
    assert segments[0].block == segments[1].block


def test_a_table_row_is_one_item() -> None:
    assert kinds_and_texts("| OS | Mac |\n|----|----|\n|Browser|Chrome|") == [
        (ITEM, "OS, Mac"),
        (ITEM, "Browser,Chrome"),
    ]


WRAPPED = """\
When I open the preferences and choose the second page of the dialog,
the list of accounts is empty although there are three of them in the
profile. Opening the dialog again shows them. I am using the build of
Bugzilla."""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_wrapped_lines_are_joined(newline: str) -> None:
    assert texts_of(WRAPPED.replace("\n", newline)) == [
        "When I open the preferences and choose the second page of the dialog, the list of "
        "accounts is empty although there are three of them in the profile.",
        "Opening the dialog again shows them.",
        "I am using the build of Bugzilla.",
    ]


def test_a_wrapped_item_is_joined_and_the_next_is_not() -> None:
    text = "- Open the menu\n  and wait\n- Close it"
    assert texts_of(text) == ["Open the menu and wait", "Close it"]


SEPARATE = {
    "short lines": "open the app\nclick the button\nit crashes",
    "key and value": "Titanium SDK: 3.1\nStudio build: 3.0.2",
    "after a colon": "it fails with the following message in the console:\nno such file",
    "addresses": "you can see what happens on this page of mine\nhttp://a.example/page",
    "sentences": "The first one is here and it is rather long\nThe second one too",
}


@pytest.mark.parametrize("text", SEPARATE.values(), ids=SEPARATE.keys())
def test_lines_that_are_no_wrapped_text_stay_apart(text: str) -> None:
    assert texts_of(text) == text.split("\n")


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


@pytest.mark.parametrize("text", CODE_BLOCKS.values(), ids=CODE_BLOCKS.keys())
def test_a_code_block_is_kept_line_by_line(text: str) -> None:
    segments = segments_of(text)
    assert [(segment.kind, segment.text) for segment in segments] == [
        (CODE, "a = *b*;"),
        (CODE, "c_d_e()"),
        (PROSE, "after"),
    ]
    assert segments[0].block == segments[1].block < segments[2].block


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
def test_code_outside_a_block_is_code(line: str) -> None:
    assert kinds_and_texts(f"Run this\n{line}")[1] == (CODE, line.strip())


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
    assert len({segment.block for segment in segments}) == 1


def test_the_stack_trace_part_has_no_markup() -> None:
    segments = split(f"{TRACE}\n  x = *y* # z", "stacktrace_text")
    assert [segment.kind for segment in segments] == [*TRACE_KINDS, CODE]
    assert segments[-1].text == "x = *y* # z"
    assert {segment.part for segment in segments} == {"stacktrace_text"}


def test_blocks_rise_through_the_text() -> None:
    text = "One. Two.\n\nThree.\n\n- a\n- b\n\nExpected: four"
    blocks = [(segment.text, segment.block) for segment in segments_of(text)]
    assert blocks == [
        ("One.", 0),
        ("Two.", 0),
        ("Three.", 1),
        ("a", 2),
        ("b", 2),
        ("Expected:", 3),
        ("four", 4),
    ]


def test_a_span_leads_back_to_the_raw_text() -> None:
    text = "\ufeffHi.\r\n> See [the *docs*](http://a.example) &amp; `a_b`. Then\r\n- **stop** it"
    raw = [text[segment.start : segment.end] for segment in segments_of(text)]
    assert raw == ["Hi.", "See [the *docs*](http://a.example) &amp; `a_b`.", "Then", "stop** it"]


LONG = {
    "words": "word " * 1000,
    "one word": "x" * 5000,
    "code": "```\n" + "x" * 5000 + "\n```",
    "clauses": "the first part of it, " * 300,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_no_segment_is_too_long_and_nothing_is_lost(text: str) -> None:
    segments = segments_of(text)
    assert all(len(segment.text) <= MAX_CHARS for segment in segments)
    joined = "".join("".join(segment.text.split()) for segment in segments)
    assert joined == "".join(text.replace("```", "").split())


def test_a_long_sentence_is_cut_between_clauses() -> None:
    assert all(text.endswith("it,") for text in texts_of("the first part of it, " * 300))


HOSTILE = [
    "<", "[", "*", "{", " ", "a.", "(", "`", "_", "~", "|", "!", "#", "&", "\\", "\n", "\r\n", "- ", "> ", "<!--",
    "```\n", "{code}", "{{", "![", "[a|", "[a](", "*a", "_a", "+a", "__a ", "&#", "a. ", ". ", "...", "<pre>",
    "http://", "a:\n", "a\n", "# a\n", "|a", "foo(", "foo(a\n", "at a.b(", "expected ", "steps to ", "12:", "[1",
    "。", "😀", "\t", "a=", "<div id=", "<p>", "--", "---\n", "'", '"', "a,", "f(x)", "{a", "[[", "]](",
]  # fmt: skip


@pytest.mark.parametrize("pattern", HOSTILE, ids=repr)
def test_hostile_text_takes_linear_time(pattern: str) -> None:
    text = (pattern * 100_000)[:100_000]
    started = time.process_time()
    split(text, "description")
    split(text, "stacktrace_text")
    # Quadratic time would be tens of seconds; the rest is room for a slow and busy machine.
    assert time.process_time() - started < 4


PIECES = st.sampled_from(
    [
        *HOSTILE, "Expected: ", "Actual result", "h3. ", "**", "</b>", "<b>", "<li>", "<br>", "&quot;", "-->",
        "1. ", "\n\n", "[ERROR] ", "at a.B.c(D.java:1)", "java.io.IOException: x", "Traceback", "\u200b", "{quote}",
        "e.g. ", "word ", "Word. ", "\ue000", "\x00", "\x02", "\x03", "</pre>", "~~~\n", "```", "\ud800",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))
BOTH_PARTS: list[Part] = ["description", "stacktrace_text"]
PARTS = st.sampled_from(BOTH_PARTS)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, part=PARTS)
def test_segments_are_ordered_bounded_and_never_blank(text: str, part: Part) -> None:
    end = block = 0
    for segment in split(text, part):
        assert end <= segment.start < segment.end <= len(text)
        assert segment.block >= block
        assert segment.text.strip() == segment.text != ""
        assert len(segment.text) <= MAX_CHARS
        assert not re.search(r"[\x00-\x1f\ue000-\ue010]", segment.text)
        end, block = segment.end, segment.block


WORDS = st.from_regex(r"[A-Za-z]{2,12}", fullmatch=True)
SENTENCE = st.lists(WORDS, min_size=1, max_size=15).map(lambda words: " ".join(words) + ".")
PROSE_TEXTS = st.lists(
    st.tuples(SENTENCE, st.sampled_from([" ", "\n", "\n\n", "\r\n"])), max_size=12
)


@settings(max_examples=150, deadline=None)
@given(sentences=PROSE_TEXTS)
def test_no_word_of_prose_is_lost(sentences: list[tuple[str, str]]) -> None:
    text = "".join(sentence + gap for sentence, gap in sentences)
    found = " ".join(segment.text for segment in segments_of(text))
    assert re.findall(r"\w{2,}", found) == re.findall(r"\w{2,}", text)
