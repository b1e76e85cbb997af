"""What pointing at a segment answers."""

import pytest

from schemas.summary import FieldName, Span
from summarizer.copying import copy_list, copy_segment, environment_lines, is_placeholder
from summarizer.segmentation import split

ACTUAL, EXPECTED = FieldName.ACTUAL_BEHAVIOR, FieldName.EXPECTED_BEHAVIOR


def test_a_sentence_is_copied_with_its_span() -> None:
    text = "It is blue. It should be red."
    segments = split(text, "description")
    copied = copy_segment(segments, 1, EXPECTED)
    assert copied.text == "It should be red."
    assert copied.spans == (Span(part="description", start=12, end=29),)


def test_a_sentence_that_ends_in_a_colon_brings_the_line_after_it() -> None:
    segments = split("The page says:\n\n    Not enough rights\n\nThen it closes.", "description")
    copied = copy_segment(segments, 0, EXPECTED)
    assert copied.text == "The page says: Not enough rights"
    assert len(copied.spans) == 2


def test_a_colon_before_a_traceback_brings_the_exception() -> None:
    text = 'It prints this:\n\nTraceback (most recent call last):\n  File "a.py", line 1, in f\n'
    text += "    f()\nValueError: no card\n"
    copied = copy_segment(split(text, "description"), 0, EXPECTED)
    assert copied.text == "It prints this: ValueError: no card"
    assert [text[span.start : span.end] for span in copied.spans] == [
        "It prints this:",
        "ValueError: no card",
    ]


def test_frames_without_an_exception_bring_the_first_of_them() -> None:
    text = "It stands here:\n\n\tat a.B.c(B.java:1)\n\nLater it said:\n\nValueError: elsewhere"
    copied = copy_segment(split(text, "description"), 0, EXPECTED)
    assert copied.text == "It stands here: at a.B.c(B.java:1)"


@pytest.mark.parametrize("colon", [":", ":*", ":__", "\uff1a", " :"])
def test_a_colon_counts_whatever_markup_is_left_behind_it(colon: str) -> None:
    segments = split(f"The page says this{colon}\n\nNot enough rights", "description")
    assert copy_segment(segments, 0, EXPECTED).text.endswith(" Not enough rights")


def test_a_failure_brings_no_expectation() -> None:
    text = "The error is returned:\n\nNo error should be returned."
    segments = split(text, "description")
    assert copy_segment(segments, 0, ACTUAL).text == "The error is returned:"
    shown = split("The page says this:\n{code}\nyou should log in\n{code}", "description")
    assert copy_segment(shown, 0, ACTUAL).text.endswith("you should log in")


def test_a_sentence_that_breaks_off_before_an_error_brings_it() -> None:
    text = "Whatever is typed the user will get\n{code}\nError: no such host\n{code}\nIt is odd."
    copied = copy_segment(split(text, "description"), 0, EXPECTED)
    assert copied.text == "Whatever is typed the user will get Error: no such host"


@pytest.mark.parametrize(
    "text",
    [
        "The list stays empty\n{code}\nlet x = 1\n{code}",
        "This is what the user will get\n\nIt is odd.",
    ],
    ids=["whole sentence before code", "prose below"],
)
def test_nothing_else_brings_what_stands_below(text: str) -> None:
    segments = split(text, "description")
    assert copy_segment(segments, 0, EXPECTED).text == segments[0].text


def test_a_colon_at_the_end_of_the_report_brings_nothing() -> None:
    segments = split("It says:", "description")
    assert copy_segment(segments, 0, ACTUAL).text == "It says:"


def test_a_colon_does_not_reach_into_the_other_part() -> None:
    segments = [
        *split("The log says:", "description"),
        *split("main.go:12 something", "stacktrace_text"),
    ]
    assert copy_segment(segments, 0, EXPECTED).text == "The log says:"


def test_an_environment_brings_its_label() -> None:
    text = "It fails.\n\n**OS:** Windows 10\nBrowser: Chrome 119"
    segments = split(text, "description")
    answers = [copy_segment(segments, at, FieldName.ENVIRONMENT) for at in range(len(segments))]
    found = [answer.text for answer in answers]
    assert "OS: Windows 10" in found
    assert "Browser: Chrome 119" in found
    labelled = answers[found.index("Browser: Chrome 119")]
    assert "".join(text[span.start : span.end] for span in labelled.spans) == "Browser:Chrome 119"


def test_a_failure_brings_the_first_exception_line() -> None:
    segments = [
        *split("The app crashes when I pay.", "description"),
        *split(
            "java.lang.IllegalStateException: no card\n\tat a.B.c(B.java:1)\n"
            "Caused by: java.io.IOException: closed\n\tat a.D.e(D.java:2)",
            "stacktrace_text",
        ),
    ]
    copied = copy_segment(segments, 0, ACTUAL)
    assert copied.text == ("The app crashes when I pay.\njava.lang.IllegalStateException: no card")
    assert [span.part for span in copied.spans] == ["description", "stacktrace_text"]
    assert copy_segment(segments, 0, EXPECTED).text == "The app crashes when I pay."


def test_an_exception_line_is_not_added_twice() -> None:
    segments = split(
        "It fails with the error:\njava.io.IOException: closed\n\tat a.D.e(D.java:2)",
        "description",
    )
    copied = copy_segment(segments, 0, ACTUAL)
    assert copied.text == "It fails with the error: java.io.IOException: closed"


TEMPLATE = (
    "Saving fails.\n\nEnvironment\n- OS: Windows 10\n- Browser: Chrome 119\n- Version: 3.2\n\n"
    "Worked in 3.1."
)


def _lines(probability_of: dict[str, float], text: str = TEMPLATE) -> str:
    segments = split(text, "description")
    assert set(probability_of) <= {segment.text for segment in segments}
    probabilities = [probability_of.get(segment.text, 0.001) for segment in segments]
    chosen = environment_lines(segments, probabilities)
    return copy_list(segments, chosen, FieldName.ENVIRONMENT).text


def test_an_environment_that_is_a_list_is_copied_whole() -> None:
    found = _lines({"Windows 10": 0.13, "Chrome 119": 0.2, "3.2": 0.66, "Worked in 3.1.": 0.05})
    assert found == "OS: Windows 10, Browser: Chrome 119, Version: 3.2"


def test_the_heading_of_a_list_is_no_line_of_it() -> None:
    assert _lines({"Environment": 0.3, "Windows 10": 0.4, "Chrome 119": 0.2, "3.2": 0.1}) == (
        "OS: Windows 10, Browser: Chrome 119, Version: 3.2"
    )


def test_a_line_of_the_list_that_is_not_likely_ends_it() -> None:
    found = _lines({"Windows 10": 0.13, "Chrome 119": 0.001, "3.2": 0.66})
    assert found == "Version: 3.2"


def test_elsewhere_only_a_line_about_as_likely_is_copied() -> None:
    text = "I use Windows 10. It is Chrome 119. Saving fails."
    assert _lines({"I use Windows 10.": 0.5, "It is Chrome 119.": 0.2}, text) == "I use Windows 10."
    assert _lines({"I use Windows 10.": 0.5, "It is Chrome 119.": 0.3}, text) == (
        "I use Windows 10, It is Chrome 119"
    )


def test_a_table_of_names_and_values_is_an_environment() -> None:
    text = "| OS | Windows 11 |\n| Browser | Edge 120 |\n\nSaving fails."
    assert _lines({"OS: Windows 11": 0.77, "Browser: Edge 120": 0.1}, text) == (
        "OS: Windows 11, Browser: Edge 120"
    )


@pytest.mark.parametrize("text", ["None", "n/a", "N.A.", "- unknown", "*TBD*", "see above.", "--"])
def test_an_empty_field_of_a_form_says_nothing(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["None of the buttons work.", "unknown host", "404", "No sound"])
def test_a_short_answer_is_none(text: str) -> None:
    assert not is_placeholder(text)
