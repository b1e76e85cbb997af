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
    "python_notebook": "Start at total (Cell In[2]:2), whose call led to KeyError: 'price'. "
    "Check that the key or element that is looked up exists.",
    "java_logback": "Start at OrderDao.load (OrderDao.java:12), whose call led to "
    'org.postgresql.util.PSQLException: ERROR: relation "orders" does not exist.',
    "android_studio": "Start at Store.put (Store.kt:17), where "
    "java.lang.IllegalArgumentException: Key must not be empty was raised.",
    "ruby_rspec": "Start at total (./app/models/cart.rb:5), where NoMethodError: undefined method "
    "`price' for nil:NilClass was raised. Check what is null or not set, and why.",
}


PYTHON = (
    "Traceback (most recent call last):",
    '  File "/srv/app/views.py", line 8, in get',
    "    return self.q()",
    "ValueError: nope",
)


@pytest.mark.parametrize(
    "prefix",
    ["Jan  2 10:11:12 host app[123]: ", "2024-01-02T10:11:12Z host app[123]: ", "web_1  | "],
    ids=["syslog", "journal", "docker-compose"],
)
def test_what_a_logger_writes_before_each_line_does_not_matter(prefix: str) -> None:
    assert suggest("".join(f"{prefix}{line}\n" for line in PYTHON)) == (
        "Start at get (/srv/app/views.py:8), where ValueError: nope was raised."
    )


@pytest.mark.parametrize(
    ("trace", "start"),
    [
        pytest.param(
            "panic: main.Rejected{Code:3} [recovered]\n\tpanic: main.Rejected{Code:3}\n\n"
            "goroutine 1 [running]:\nmain.open(0x1)\n\t/srv/shop/store.go:15 +0x1d\n",
            "Start at main.open (/srv/shop/store.go:15), where panic: main.Rejected{Code:3} was",
            id="go-panic-with-a-value",
        ),
        pytest.param(
            "NullReferenceException: Object reference not set to an instance of an object\n"
            "UnityEngine.Assertions.Assert:Fail(String) (at /build/Assert.cs:3)\n"
            "Player.Update () (at Assets/Scripts/Player.cs:42)\n",
            "Start at Player.Update (Assets/Scripts/Player.cs:42), whose call led to NullRef",
            id="unity-log",
        ),
        pytest.param(
            "ActionView::Template::Error (undefined method `name' for nil:NilClass):\n"
            "    1: <p>\n\napp/views/users/show.html.erb:2\n"
            "app/controllers/users_controller.rb:7:in `show'\n",
            "Start at app/views/users/show.html.erb:2, where ActionView::Template::Error",
            id="rails-template",
        ),
        pytest.param(
            "Traceback (most recent call last):\n\t1: from a.rb:9:in `<main>'\n"
            "a.rb:3:in `total': bad (ArgumentError)\n",
            "Start at total (a.rb:3), where ArgumentError: bad was raised.",
            id="ruby-2.5",
        ),
        pytest.param(
            "a.rb:3:in `total': bad (ArgumentError)\n\t1: from a.rb:9:in `<main>'\n",
            "Start at total (a.rb:3), where ArgumentError: bad was raised.",
            id="ruby-numbered",
        ),
        pytest.param(
            "Uncaught Error: Minified React error #31\n"
            "    at Ml (react-dom.production.min.js:120:5)\n    at t (vendors~main.js:3:4)\n"
            "    at render (static/js/main.js:3:4)\n",
            "Start at render (static/js/main.js:3), whose call led to Error: Minified React",
            id="react-production",
        ),
        pytest.param(
            "2024/01/02 10:11:12 http: panic serving 127.0.0.1:50: runtime error: index out of "
            "range [1] with length 0\ngoroutine 19 [running]:\npanic({0x6a, 0x8})\n"
            "\t/usr/local/go/src/runtime/panic.go:890 +0x262\nmain.handler({0x7, 0x0}, 0x0)\n"
            "\t/srv/shop/main.go:33 +0x1d\n",
            "Start at main.handler (/srv/shop/main.go:33), where panic: runtime error: index out",
            id="go-http",
        ),
        pytest.param(
            "E0102 10:11:12.123456       1 runtime.go:79] Observed a panic: runtime error: x\n"
            "goroutine 12 [running]:\nmain.handle(...)\n\t/srv/shop/main.go:12\n",
            "Start at main.handle (/srv/shop/main.go:12), where panic: runtime error: x was",
            id="go-klog",
        ),
        pytest.param(
            "System.Net.Http.HttpRequestException: no answer\n"
            " ---> System.Net.Sockets.SocketException (111): Connection refused\n"
            "   at System.Net.Sockets.Socket.Connect(EndPoint remote)\n"
            "   --- End of inner exception stack trace ---\n"
            "   at Acme.Client.GetAsync(String url) in /srv/Client.cs:line 14\n",
            "Start at Client.GetAsync (/srv/Client.cs:14), whose call led to "
            "System.Net.Sockets.SocketException: Connection refused.",
            id="dotnet-error-code",
        ),
        pytest.param(
            "System.NullReferenceException: Der Objektverweis wurde nicht festgelegt.\n"
            "   bei Acme.Shop.Total(String s) in C:\\src\\Shop.cs:Zeile 12.\n",
            "Start at Shop.Total (C:\\src\\Shop.cs:12), where System.NullReferenceException",
            id="dotnet-german",
        ),
        pytest.param(
            "System.InvalidOperationException: Sequence contains no elements\n"
            "   at System.Linq.Enumerable.First[TSource](IEnumerable`1 source)\n"
            "   at Acme.Shop.<>c__DisplayClass5_0.<Total>b__0(Order o) in /src/Shop.cs:line 42\n",
            "Start at Shop.Total (/src/Shop.cs:42), whose call led to System.InvalidOperation",
            id="dotnet-lambda",
        ),
        pytest.param(
            "System.IO.IOException: closed\n"
            "   at Acme.Program.<Main>d__0.MoveNext() in /src/Program.cs:line 12\n",
            "Start at Program.Main (/src/Program.cs:12), where System.IO.IOException: closed",
            id="dotnet-async",
        ),
        pytest.param(
            "IndexOutOfRangeException: Index was outside the bounds of the array.\n"
            "  at Inventory.Slot (System.Int32 index) [0x00000] in <3c1a>:0 \n",
            "Start at Inventory.Slot, where IndexOutOfRangeException: Index was outside",
            id="mono-without-files",
        ),
        pytest.param(
            'Traceback (most recent call last):\n  File "run.py", line 3, in <module>\n'
            "ValueError: nope\n",
            "Start at run.py:3, where ValueError: nope was raised.",
            id="python-module",
        ),
    ],
)
def test_the_frame_is_where_the_exception_was_raised(trace: str, start: str) -> None:
    assert (suggest(trace) or "").startswith(start)


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
        "Start where java.net.ConnectException: Connection refused was raised; no stack frame "
        "of it was found. Check that the service it connects to is running and reachable at that "
        "address."
    )


def test_a_lone_exception_of_an_unknown_kind_counts_only_as_a_stack_trace_of_its_own() -> None:
    line = "java.io.IOException: Broken pipe (fd 7)"
    assert suggest_solution(ReportInput(description=f"It stops.\n\n12:01 ERROR x\n{line}")) is None
    apart = suggest_solution(ReportInput(description="It stops.", stacktrace_text=line))
    assert apart is not None
    assert apart.startswith("Start where java.io.IOException: Broken pipe (fd 7) was raised")


def test_a_cause_makes_more_of_an_exception_of_an_unknown_kind() -> None:
    chain = "java.io.IOException: Broken pipe\nCaused by: com.acme.FooException: bad thing"
    found = suggest_solution(ReportInput(description=f"It stops.\n\n{chain}"))
    assert found is not None
    assert "com.acme.FooException: bad thing" in found


def test_nor_does_a_lone_frame_in_a_log() -> None:
    line = '  File "/srv/orders/worker.py", line 50, in handle'
    log = f"Apr 1 08:00:00 host0 orderd[38]: err: task 7 failed\n{line}\n"
    assert suggest_solution(ReportInput(description=f"It stops.\n\n{log}")) is None
    assert suggest_solution(ReportInput(description="It stops.", stacktrace_text=line)) == (
        "Start at handle (/srv/orders/worker.py:50), the topmost application frame of the stack "
        "trace."
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
    ("LoadError", "cannot load such file -- nokogiri", "installed"),
    ("Timeout::Error", "execution expired", "waited for"),
    ("org.opentest4j.AssertionFailedError", "expected: <1> but was: <2>", "assertion"),
    (
        "com.fasterxml.jackson.core.JsonParseException",
        "Unexpected character",
        "input that is parsed",
    ),
]


@pytest.mark.parametrize(
    ("type_name", "message", "part"), HINTS, ids=[f"{t}: {m}" for t, m, _ in HINTS]
)
def test_the_commonest_kinds_have_a_hint(type_name: str, message: str, part: str) -> None:
    hint = hint_for(ExceptionLine(type_name, message, 0, 0))
    assert hint is not None
    assert part in hint


@pytest.mark.parametrize(
    "type_name",
    ["com.acme.OddException", "ChunkLoadError", "acme.InvalidApiKeyError", "PayloadError",
     "UsernameError", "System.BadImageFormatException", "CircularReferenceError",
     "com.acme.AssertiveException", "RestTableError"],
)  # fmt: skip
def test_an_unknown_kind_has_no_hint(type_name: str) -> None:
    assert hint_for(ExceptionLine(type_name, "odd", 0, 0)) is None


def test_a_library_is_a_better_start_than_nodes_own_files() -> None:
    trace = (
        "TypeError: Path must be a string. Received null\n"
        "    at assertPath (path.js:8:11)\n"
        "    at Object.win32.join (path.js:221:5)\n"
        "    at Watcher.onChange (/srv/node_modules/node-appc/dist/fs.js:270:19)\n"
        "    at FSEvent.FSWatcher._handle.onchange (fs.js:1221:12)\n"
    )
    found = suggest(trace)
    assert found is not None
    assert found.startswith("Start at Watcher.onChange (/srv/node_modules/node-appc/dist/fs.js:270")
