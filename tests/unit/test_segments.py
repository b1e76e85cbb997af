import pytest

from summarizer.segmentation import Segment, SegmentKind, split

PROSE, HEADING, ITEM = SegmentKind.PROSE, SegmentKind.HEADING, SegmentKind.ITEM


def segments_of(text: str) -> list[Segment]:
    return split(text, "description")


def texts_of(text: str) -> list[str]:
    return [segment.text for segment in segments_of(text)]


def kinds_and_texts(text: str) -> list[tuple[SegmentKind, str]]:
    return [(segment.kind, segment.text) for segment in segments_of(text)]


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
    "environment": ("Env: Firefox 87.0", "Env:", "Firefox 87.0"),
    "bold, no colon": (
        "**Expected behaviour** The page opens",
        "Expected behaviour:",
        "The page opens",
    ),
    "bold, no colon, small": ("__Actual result__ it fails", "Actual result:", "it fails"),
    "uneven marks": ("__Expected:_ it opens", "Expected:", "it opens"),
    "uneven marks, no colon": ("***Expected** It opens", "Expected:", "It opens"),
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
def test_items_lose_their_bullets(text: str) -> None:
    assert kinds_and_texts(text) == [(ITEM, "one"), (ITEM, "two")]


def test_a_table_row_is_one_item() -> None:
    assert kinds_and_texts("| OS | Mac |\n|----|----|\n|Browser|Chrome|") == [
        (ITEM, "OS: Mac"),
        (ITEM, "Browser:Chrome"),
    ]
    assert kinds_and_texts("| OS | Mac | 14 |\n|----|----|----|") == [
        (ITEM, "OS, Mac, 14"),
    ]


WRAPPED = """\
When I open the preferences and choose the second page of the dialog,
the list of accounts is empty although there are three of them in the
profile. Opening the dialog again shows them. I am using the build of
Bugzilla."""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_wrapped_lines_are_joined(newline: str) -> None:
    assert texts_of(WRAPPED.replace("\n", newline)) == [
        (
            "When I open the preferences and choose the second page of the dialog, the list of "
            "accounts is empty although there are three of them in the profile."
        ),
        "Opening the dialog again shows them.",
        "I am using the build of Bugzilla.",
    ]


def test_a_sentence_that_begins_on_a_line_of_its_own_is_joined_where_others_are_wrapped() -> None:
    text = (
        "It would be really great if you could see the full command line\n"
        "actually being run when you launch a tool.\n This makes debugging\nof tools easier."
    )
    first, second = (segment.text for segment in split(text, "description"))
    assert first.endswith("the full command line actually being run when you launch a tool.")
    assert second == "This makes debugging of tools easier."
    apart = [segment.text for segment in split("Click Save\nnothing happens", "description")]
    assert apart == ["Click Save", "nothing happens"]


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


def test_a_stressed_word_is_no_label() -> None:
    assert kinds_and_texts("*Actual* users see it") == [(PROSE, "Actual users see it")]


def test_a_quotation_interrupts_an_item_and_goes_on_without_its_marks() -> None:
    text = "* The menu is\n> It was decided to leave it open and to look at it later,\nwhen we can"
    assert kinds_and_texts(text) == [
        (ITEM, "The menu is"),
        (PROSE, "It was decided to leave it open and to look at it later, when we can"),
    ]


STEPS = {
    "behind a label": ("STR: 1. Open the app 2. Tap pay 3. It crashes", ITEM),
    "in an item": ("1. Open the app 2. Tap pay\n3. It crashes", ITEM),
    "after a sentence": ("Do this now. 1. Open the app 2. Tap pay 3. It crashes", PROSE),
}


@pytest.mark.parametrize(("text", "kind"), STEPS.values(), ids=STEPS.keys())
def test_numbered_steps_on_one_line_are_split(text: str, kind: SegmentKind) -> None:
    steps = [(kind, "Open the app"), (kind, "Tap pay"), (kind, "It crashes")]
    assert kinds_and_texts(text)[-3:] == steps


@pytest.mark.parametrize(
    "text",
    [
        "It was fine in version 1. Then version 2. Opened it anew.",
        "- I use version 2. It crashes",
        "1. I use version 3. It crashes",
    ],
)
def test_a_number_that_counts_nothing_ends_its_sentence(text: str) -> None:
    assert texts_of(text)[0].endswith((" 1.", " 2.", " 3."))


def test_a_span_leads_back_to_the_raw_text() -> None:
    text = "\ufeffHi.\r\n> See [the *docs*](http://a.example) &amp; `a_b`. Then\r\n- **stop** it"
    raw = [text[segment.start : segment.end] for segment in segments_of(text)]
    assert raw == ["Hi.", "See [the *docs*](http://a.example) &amp; `a_b`.", "Then", "stop** it"]
