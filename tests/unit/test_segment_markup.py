import pytest

from summarizer.segmentation import split


def texts_of(text: str) -> list[str]:
    return [segment.text for segment in split(text, "description")]


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
    "quotation that was wrapped": (
        "> The menu that was there before,\n> is gone",
        "The menu that was there before, is gone",
    ),
    "picture in the text": (
        f'The menu <img src="data:image/png;base64,{"QUJD" * 1000}"> is gone',
        "The menu is gone",
    ),
    "comment": ("The menu <!-- not this --> is gone", "The menu is gone"),
    "zero width": ("The\u200b menu\ufeff is gone", "The menu is gone"),
    "no-break space and tab": ("The\u00a0menu\tis gone", "The menu is gone"),
    "terminal colour": ("The \x1b[1;31mmenu\x1b[0m is gone", "The menu is gone"),
    "escape": (r"The \*menu\* is gone", "The *menu* is gone"),
    "Windows path": (r"Open C:\foo\_bar now", r"Open C:\foo\_bar now"),
    "a comment that never ends": ("The <!-- menu is gone", "The <!-- menu is gone"),
}


@pytest.mark.parametrize(("text", "expected"), MARKUP.values(), ids=MARKUP.keys())
def test_markup_is_removed_and_nothing_else(text: str, expected: str) -> None:
    assert texts_of(text) == [expected]


def test_a_tag_may_be_closed_behind_the_code_that_it_holds() -> None:
    text = "<details><summary>Log</summary>\n\n```\na < b\n```\n\n</details>\nIt is gone."
    assert texts_of(text) == ["Log", "a < b", "It is gone."]


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
    assert texts_of(text) == []
