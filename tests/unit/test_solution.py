"""The solution that a stack trace supports."""

import re
from pathlib import Path

import pytest

from schemas.report import ReportInput
from summarizer.hints import hint_for
from summarizer.solution import suggest_solution
from summarizer.stacktraces import ExceptionLine

TRACES = Path(__file__).parent / "traces"
JAVA = (
    'java.lang.NullPointerException: "x" is null\n'
    "\tat com.acme.shop.OrderService.total(OrderService.java:42)\n"
    "\tat com.acme.shop.Main.main(Main.java:5)\n"
)


def suggest(trace: str) -> str | None:
    return suggest_solution(ReportInput(stacktrace_text=trace))


def test_the_raising_application_frame_is_where_to_start() -> None:
    assert suggest(JAVA) == (
        "Start at OrderService.total (OrderService.java:42), where "
        'java.lang.NullPointerException: "x" is null was raised. '
        "Check what is null or not set, and why."
    )


SUGGESTIONS = {
    "python_chained": "Start at total (/srv/shop/orders/totals.py:31), whose call led to "
    "KeyError: 'SKU-9'. Check that the key or element that is looked up exists.",
    "python_syntax": "Start at /srv/shop/settings.py:14, where SyntaxError: invalid syntax was "
    "raised. Check the syntax of the text that is read.",
    "android_logcat": "Start at Main.onCreate (Main.kt:33), whose call led to "
    "java.lang.NullPointerException. Check what is null or not set, and why.",
    "v8": "Start at fetchCart (/srv/shop/src/api.js:8), whose call led to "
    "Error: request failed with status 500.",
    "dotnet": "Start at OrderService.Total (C:\\src\\Shop\\OrderService.cs:42), whose call led to "
    "System.NullReferenceException: Object reference not set to an instance of an object. "
    "Check what is null or not set, and why.",
    "go": "Start at cart.(*Cart).Total (/srv/shop/cart/cart.go:42), where panic: runtime error: "
    "index out of range [5] with length 3 was raised. "
    "Check the index against the size of what it indexes.",
    "ruby": "Start at fetch (/srv/shop/lib/prices.rb:3), where KeyError: key not found: "
    '"SKU-9" was raised. Check that the key or element that is looked up exists.',
}


@pytest.mark.parametrize("name", SUGGESTIONS)
def test_suggestions_by_language(name: str) -> None:
    assert suggest((TRACES / f"{name}.txt").read_text(encoding="utf-8")) == SUGGESTIONS[name]


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.txt")), ids=lambda path: path.stem)
def test_nothing_is_invented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    suggestion = suggest(text)
    assert suggestion is not None
    first_sentence = re.split(r"\. Check ", suggestion)[0]
    for token in re.findall(r"[\w$<>]*[A-Z0-9_$<>][\w$<>]*", first_sentence.removeprefix("Start")):
        assert token in text


def test_an_exception_alone() -> None:
    assert suggest("java.net.ConnectException: Connection refused\n") == (
        "Start where java.net.ConnectException: Connection refused was raised; the report shows "
        "no frame of it. Check that the service it connects to is running and reachable at that "
        "address."
    )


def test_frames_alone() -> None:
    assert suggest("\tat java.lang.Object.wait(Native Method)\n\tat a.b.C.d(C.java:1)\n") == (
        "Start at C.d (C.java:1), the topmost application frame of the stack trace."
    )


def test_frames_of_the_runtime_alone() -> None:
    assert suggest(
        "\tat java.lang.Object.wait(Native Method)\n\tat java.lang.Thread.run(T.java:1)"
    ) == ("Start at Object.wait.")


def test_a_long_message_is_cut() -> None:
    suggestion = suggest(JAVA.replace('"x" is null', "y" * 500))
    assert suggestion is not None
    assert "y" * 199 + "…" in suggestion
    assert "y" * 200 not in suggestion


def test_the_stack_trace_goes_before_the_description() -> None:
    report = ReportInput(description="KeyError: 'a'", stacktrace_text=JAVA)
    assert "OrderService" in (suggest_solution(report) or "")


def test_the_description_serves_where_the_stack_trace_has_none() -> None:
    report = ReportInput(description=f"It fails:\n{JAVA}", stacktrace_text="see above")
    assert "OrderService" in (suggest_solution(report) or "")


def test_a_trace_with_frames_goes_before_a_lone_exception() -> None:
    assert "OrderService" in (suggest(f"java.io.IOException: closed\n\nlater:\n\n{JAVA}") or "")


@pytest.mark.parametrize(
    "description", ["The button does nothing.", "I get Error: not found at 5 pm (see below)"]
)
def test_no_trace_no_solution(description: str) -> None:
    assert suggest_solution(ReportInput(description=description)) is None


HINTS = [
    ("TypeError", "Cannot read properties of undefined (reading 'x')", "null or not set"),
    ("AttributeError", "'NoneType' object has no attribute 'x'", "null or not set"),
    ("NoMethodError", "undefined method `x' for nil:NilClass", "null or not set"),
    ("panic", "runtime error: invalid memory address or nil pointer dereference", "null"),
    ("AttributeError", "'Cart' object has no attribute 'x'", "has the member"),
    ("java.lang.ArrayIndexOutOfBoundsException", "5", "index"),
    ("System.Collections.Generic.KeyNotFoundException", "", "key or element"),
    ("java.lang.ClassCastException", "", "type of the value"),
    ("ModuleNotFoundError", "No module named 'x'", "installed"),
    ("Error", "Cannot find module 'x'", "installed"),
    ("java.lang.NoClassDefFoundError", "a/b/C", "installed"),
    ("Error", "ENOENT: no such file or directory, open 'x'", "path"),
    ("PermissionError", "[Errno 13] Permission denied: 'x'", "permission"),
    ("java.net.SocketTimeoutException", "Read timed out", "waited for"),
    ("Error", "connect ECONNREFUSED 127.0.0.1:80", "running and reachable"),
    ("java.lang.OutOfMemoryError", "Java heap space", "memory"),
    ("RangeError", "Maximum call stack size exceeded", "calls itself"),
    ("java.util.ConcurrentModificationException", "", "collection"),
    ("json.decoder.JSONDecodeError", "Expecting value", "input that is parsed"),
    ("java.lang.NumberFormatException", 'For input string: "x"', "input that is parsed"),
    ("java.lang.ArithmeticException", "/ by zero", "divisor"),
    ("ZeroDivisionError", "division by zero", "divisor"),
    ("AssertionError", "expected 1 to equal 2", "assertion"),
    ("ReferenceError", "x is not defined", "name is defined"),
]


@pytest.mark.parametrize(
    ("type_name", "message", "part"), HINTS, ids=[f"{t}: {m}" for t, m, _ in HINTS]
)
def test_the_commonest_kinds_have_a_hint(type_name: str, message: str, part: str) -> None:
    hint = hint_for(ExceptionLine("", type_name, message, 0, 0, is_cause=False))
    assert hint is not None
    assert part in hint


def test_an_unknown_kind_has_no_hint() -> None:
    assert hint_for(ExceptionLine("", "com.acme.OddException", "odd", 0, 0, False)) is None
