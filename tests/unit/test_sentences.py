import pytest

from summarizer.segmentation import split
from summarizer.segmentation.sentences import MAX_CHARS


def texts_of(text: str) -> list[str]:
    return [segment.text for segment in split(text, "description")]


SENTENCES = {
    "Arabic": (
        "\u0643\u0627\u0646\u061f \u0646\u0639\u0645.",
        ["\u0643\u0627\u0646\u061f", "\u0646\u0639\u0645."],
    ),
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
    "v. before a number": ("Since v. 2.1 it fails. Bye.", ["Since v. 2.1 it fails.", "Bye."]),
    "rev. before a number": ("It is in rev. 1234 of it.", ["It is in rev. 1234 of it."]),
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


LONG = {
    "words": "word " * 1000,
    "one word": "x" * 5000,
    "code": "```\n" + "x" * 5000 + "\n```",
    "clauses": "the first part of it, " * 300,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_no_segment_is_too_long_and_nothing_is_lost(text: str) -> None:
    texts = texts_of(text)
    assert all(len(piece) <= MAX_CHARS for piece in texts)
    joined = "".join("".join(piece.split()) for piece in texts)
    assert joined == "".join(text.replace("```", "").split())


def test_a_long_sentence_is_cut_between_clauses() -> None:
    assert all(text.endswith("it,") for text in texts_of("the first part of it, " * 300))
