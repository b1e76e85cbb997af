"""One line by itself: a trace line in every language, and prose that only looks like one."""

import pytest

from summarizer.stacktraces import LineKind, classify_line

TRACE_LINES = [
    ("Traceback (most recent call last):", LineKind.HEADER),
    ("  + Exception Group Traceback (most recent call last):", LineKind.HEADER),
    ("During handling of the above exception, another exception occurred:", LineKind.HEADER),
    ('  File "shop/orders.py", line 3, in <module>', LineKind.FRAME),
    ('  File "shop/settings.py", line 14', LineKind.FRAME),
    ("  [Previous line repeated 994 more times]", LineKind.OMITTED),
    ("ValueError: bad", LineKind.EXCEPTION),
    ("KeyError: 'x'", LineKind.EXCEPTION),
    ("KeyboardInterrupt", LineKind.EXCEPTION),
    ("java.lang.NullPointerException", LineKind.EXCEPTION),
    ('Exception in thread "main" java.lang.Error: Unresolved', LineKind.EXCEPTION),
    ("Caused by: java.lang.IllegalStateException: x", LineKind.CAUSE),
    ("\tSuppressed: java.io.IOException", LineKind.CAUSE),
    ("\tat com.acme.OrderService.total(OrderService.java:42)", LineKind.FRAME),
    ("\tat java.base/java.lang.reflect.Method.invoke(Method.java:566)", LineKind.FRAME),
    ("\tat sun.reflect.Accessor.invoke0(Native Method)", LineKind.FRAME),
    ("\tat a.b.C.d(Unknown Source)", LineKind.FRAME),
    ("com.acme.Parser.parse(Parser.java:9239)", LineKind.FRAME),
    ("Workspace.run(IProgress, int) line: 1800", LineKind.FRAME),
    ("\t... 12 more", LineKind.OMITTED),
    ("E/AndroidRuntime( 123): FATAL EXCEPTION: main", LineKind.HEADER),
    ("E/AndroidRuntime( 123): \tat android.os.Looper.loop(Looper.java:132)", LineKind.FRAME),
    ("[ERROR] :  \tat a.b.C.d(C.kt:3)", LineKind.FRAME),
    ("[ERROR] :  TiApplication: \tat android.view.View.layout(View.java:7175)", LineKind.FRAME),
    ("12-09 21:21:13.170: ERROR/Scripts(1586): java.lang.ClassCastException: x",
     LineKind.EXCEPTION),
    ("09-01 14:29:06.650  5042  5042 E App: java.lang.Foo$BarException: x", LineKind.EXCEPTION),
    ("Uncaught TypeError: Cannot read", LineKind.EXCEPTION),
    ("Uncaught (in promise) Error: x", LineKind.EXCEPTION),
    ("(node:1) UnhandledPromiseRejectionWarning: Error: x", LineKind.EXCEPTION),
    ("Error [ERR_MODULE]: not found", LineKind.EXCEPTION),
    ("  [cause]: Error: inner", LineKind.CAUSE),
    ("    at fn (file:1:2)", LineKind.FRAME),
    ("    at Object.foo [as bar] (/a b/app.js:1:2)", LineKind.FRAME),
    ("    at async load (node:internal/modules:1:2)", LineKind.FRAME),
    ("    at C:\\app\\main.js:3:4", LineKind.FRAME),
    ("fn@https://example.org/app.js:1:2", LineKind.FRAME),
    ("require@[native code]", LineKind.FRAME),
    ("System.Exception: a ---> System.NullReferenceException: b", LineKind.EXCEPTION),
    (" ---> System.FormatException: in", LineKind.CAUSE),
    ("   at Ns.Type.Method(String args) in C:\\f.cs:line 12", LineKind.FRAME),
    ("   at Ns.Type.Method()", LineKind.FRAME),
    ("   --- End of inner exception stack trace ---", LineKind.HEADER),
    ("panic: runtime error: index out of range [5] with length 3", LineKind.EXCEPTION),
    ("fatal error: all goroutines are asleep - deadlock!", LineKind.EXCEPTION),
    ("goroutine 1 [running]:", LineKind.HEADER),
    ("main.f(0xc000010, 0x1)", LineKind.FRAME),
    ("\t/srv/file.go:12 +0x1d", LineKind.FRAME),
    ("file.rb:12:in `method': message (TypeError)", LineKind.EXCEPTION),
    ("\tfrom file.rb:3:in 'x'", LineKind.FRAME),
    ("NoMethodError (undefined method `x' for nil:NilClass):", LineKind.EXCEPTION),
]  # fmt: skip

NOT_TRACE_LINES = [
    "",
    "   ",
    "at 5 pm (see below)",
    "at home (see 3:12:15)",
    "at 10:30:15",
    "at 2020.01.01 10:30:15",
    "at example.com",
    "at example.com (not found)",
    "at Window.open()",
    "at the end (line 3)",
    "I get Error: not found",
    "me@example.com",
    "me@example.com:80",
    "write to me@example.com:8080/inbox:1",
    "Error",
    "Error:",
    "Error message: the file is locked",
    "The exception java.lang.NullPointerException was thrown",
    "Caused by: a wrong setting",
    "Caused by: misconfiguration",
    "https://example.org/app.js:80:1",
    "see main.go:12",
    "foo.bar()",
    "Expected: no Exception",
    "from home: in 'the' office",
    "... and many more",
    "panic mode is on",
    "Suppressed: nothing",
    "File a bug, line by line",
]


@pytest.mark.parametrize(("line", "kind"), TRACE_LINES, ids=[line for line, _ in TRACE_LINES])
def test_a_trace_line_is_classified(line: str, kind: LineKind) -> None:
    assert classify_line(line) is kind


@pytest.mark.parametrize(
    ("line", "kind"), TRACE_LINES, ids=[f"CRLF {line}" for line, _ in TRACE_LINES]
)
def test_a_carriage_return_does_not_matter(line: str, kind: LineKind) -> None:
    assert classify_line(f"{line}\r") is kind


@pytest.mark.parametrize("line", NOT_TRACE_LINES, ids=repr)
def test_prose_is_no_trace_line(line: str) -> None:
    assert classify_line(line) is None
