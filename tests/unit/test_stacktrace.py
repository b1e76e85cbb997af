"""Whole traces of every language, inside the text of a report."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from summarizer.stacktraces import (
    FIRST_APPLICATION_FRAME_PRIORITY,
    Language,
    RankedLine,
    StackTrace,
    find_traces,
    rank_lines,
)

TRACES = Path(__file__).parent / "traces"


@dataclass(frozen=True)
class Expected:
    language: Language
    exceptions: tuple[str, ...]
    root: str
    message: str
    top: tuple[str, str, int | None]
    frames: int


EXPECTED = {
    "python_chained": Expected(
        Language.PYTHON, ("KeyError", "shop.errors.OrderRejected"),
        "KeyError", "'SKU-9'", ("total", "/srv/shop/orders/totals.py", 31), 4,
    ),
    "python_group": Expected(
        Language.PYTHON, ("ExceptionGroup", "ValueError", "TimeoutError"),
        "ValueError", "invalid literal for int() with base 10: 'abc'",
        ("fetch", "/srv/jobs/fetch.py", 7), 3,
    ),
    "python_syntax": Expected(
        Language.PYTHON, ("SyntaxError",), "SyntaxError", "invalid syntax",
        ("", "/srv/shop/settings.py", 14), 1,
    ),
    "python_notebook": Expected(
        Language.PYTHON, ("KeyError", "KeyError"), "KeyError", "'price'",
        ("total", "Cell In[2]", 2), 5,
    ),
    "java_causes": Expected(
        Language.JAVA,
        ("java.lang.IllegalStateException", "java.io.IOException", "java.net.SocketException",
         "java.lang.NullPointerException"),
        "java.lang.NullPointerException",
        'Cannot invoke "Item.price()" because "item" is null',
        ("com.acme.shop.OrderService.total", "OrderService.java", 42), 10,
    ),
    "java_wrapped": Expected(
        Language.JAVA, ("java.lang.NullPointerException", "java.io.IOException"),
        "java.io.IOException", "closed",
        ("com.acme.io.Store.read", "Store.java", 3), 4,
    ),
    "java_logback": Expected(
        Language.JAVA,
        ("org.springframework.dao.InvalidDataAccessResourceUsageException",
         "org.postgresql.util.PSQLException"),
        "org.postgresql.util.PSQLException", 'ERROR: relation "orders" does not exist',
        ("com.acme.orders.OrderDao.load", "OrderDao.java", 12), 7,
    ),
    "android_studio": Expected(
        Language.JAVA, ("java.lang.IllegalArgumentException",),
        "java.lang.IllegalArgumentException", "Key must not be empty",
        ("com.example.notes.Store.put", "Store.kt", 17), 2,
    ),
    "android_logcat": Expected(
        Language.JAVA, ("java.lang.RuntimeException", "java.lang.NullPointerException"),
        "java.lang.NullPointerException", "",
        ("com.acme.app.Main.onCreate", "Main.kt", 33), 3,
    ),
    "collapsed": Expected(
        Language.JAVA, ("java.lang.NullPointerException",),
        "java.lang.NullPointerException", "x is null",
        ("org.acme.math.Clusterer.assign", "Clusterer.java", 91), 2,
    ),
    "v8": Expected(
        Language.JAVASCRIPT, ("TypeError", "Error"),
        "Error", "request failed with status 500", ("fetchCart", "/srv/shop/src/api.js", 8), 7,
    ),
    "firefox": Expected(
        Language.JAVASCRIPT, ("TypeError",), "TypeError",
        'can\'t access property "total", cart is undefined',
        ("renderCart", "https://shop.example/static/cart.js", 120), 4,
    ),
    "dotnet": Expected(
        Language.DOTNET,
        ("System.InvalidOperationException", "Acme.Shop.OrderException",
         "System.NullReferenceException"),
        "System.NullReferenceException", "Object reference not set to an instance of an object.",
        ("Acme.Shop.OrderService.Total", "C:\\src\\Shop\\OrderService.cs", 42), 5,
    ),
    "go": Expected(
        Language.GO, ("panic", "panic"), "panic",
        "runtime error: index out of range [5] with length 3",
        ("github.com/acme/shop/cart.(*Cart).Total", "/srv/shop/cart/cart.go", 42), 6,
    ),
    "ruby": Expected(
        Language.RUBY, ("NoMethodError", "KeyError"), "KeyError",
        'key not found: "SKU-9"', ("fetch", "/srv/shop/lib/prices.rb", 3), 5,
    ),
    "ruby_rspec": Expected(
        Language.RUBY, ("NoMethodError",), "NoMethodError",
        "undefined method `price' for nil:NilClass",
        ("block in total", "./app/models/cart.rb", 5), 3,
    ),
}  # fmt: skip


def only_trace(text: str) -> StackTrace:
    traces = find_traces(text)
    assert len(traces) == 1
    return traces[0]


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_trace_is_understood(name: str, newline: str) -> None:
    expected = EXPECTED[name]
    text = (TRACES / f"{name}.txt").read_text(encoding="utf-8").replace("\n", newline)
    trace = only_trace(text)
    root, top = trace.root_cause, trace.top_application_frame
    assert trace.language is expected.language
    assert tuple(e.type_name for e in trace.exceptions) == expected.exceptions
    assert root is not None
    assert (root.type_name, root.message) == (expected.root, expected.message)
    assert top is not None
    assert (top.function, top.file, top.line) == expected.top
    assert top.is_application
    assert len(trace.frames) == expected.frames


def test_every_fixture_is_checked() -> None:
    assert {path.stem for path in TRACES.glob("*.txt")} == set(EXPECTED)


def test_go_keeps_what_only_handled_the_panic_behind_what_raised_it() -> None:
    trace = only_trace((TRACES / "go.txt").read_text(encoding="utf-8"))
    assert [frame.function for frame in trace.frames_from_root] == [
        "github.com/acme/shop/cart.(*Cart).Total",
        "main.main",
        "main.recoverAll",
        "panic",
        "net/http.(*Server).Serve",
        "main.serve",
    ]


def test_a_root_cause_without_application_frames_leads_to_what_it_caused() -> None:
    trace = only_trace(
        "java.lang.RuntimeException: a\n"
        "\tat com.acme.Outer.run(Outer.java:5)\n"
        "Caused by: java.io.IOException: b\n"
        "\tat java.io.FileInputStream.open(FileInputStream.java:219)\n"
    )
    assert trace.root_cause is not None
    assert trace.root_cause.type_name == "java.io.IOException"
    assert trace.top_application_frame is not None
    assert trace.top_application_frame.function == "com.acme.Outer.run"


def test_several_traces_in_one_text_are_kept_apart() -> None:
    names = ["java_causes", "python_chained", "v8", "go", "dotnet"]
    text = "\n\nThen this came:\n\n".join(
        (TRACES / f"{name}.txt").read_text(encoding="utf-8") for name in names
    )
    traces = find_traces(text)
    assert [trace.language for trace in traces] == [EXPECTED[name].language for name in names]
    roots = [trace.root_cause.type_name for trace in traces if trace.root_cause is not None]
    assert roots == [EXPECTED[name].root for name in names]


def test_equal_traces_one_after_the_other_are_two() -> None:
    text = (TRACES / "java_causes.txt").read_text(encoding="utf-8")
    assert len(find_traces(text + text)) == 2


def test_frames_without_an_exception_are_a_trace() -> None:
    trace = only_trace("it hangs:\n\tat a.b.C.d(C.java:1)\n\tat a.b.C.e(C.java:2)\nthere")
    assert trace.root_cause is None
    assert [frame.line for frame in trace.frames] == [1, 2]


def test_an_exception_without_frames_is_a_trace() -> None:
    trace = only_trace("I see\n\njava.io.IOException: closed\n\nand nothing else.")
    assert trace.frames == ()
    assert trace.top_application_frame is None
    assert trace.root_cause is not None
    assert trace.root_cause.message == "closed"


def test_a_message_of_several_lines_does_not_part_an_exception_from_its_frames() -> None:
    trace = only_trace(
        "com.acme.QueryException: cannot run\nselect *\nfrom orders\n"
        "\tat com.acme.Db.run(Db.java:7)\n"
    )
    assert len(trace.exceptions) == len(trace.frames) == 1


def test_an_exception_at_the_end_of_a_log_line_belongs_to_the_frames_below() -> None:
    text = (
        "SEVERE: Servlet.service() threw exception java.lang.IllegalStateException: no session\n"
        "\tat com.acme.Login.check(Login.java:5)\n"
    )
    root = only_trace(text).root_cause
    assert root is not None
    assert text[root.start : root.end] == "java.lang.IllegalStateException: no session"


def test_an_indented_line_below_a_type_and_a_colon_is_the_message() -> None:
    text = "KeyError:\n  key not found: :price\n# ./app/cart.rb:5:in `total'\n"
    root = only_trace(text).root_cause
    assert root is not None
    assert root.message == "key not found: :price"
    assert text[root.start : root.end] == "KeyError:\n  key not found: :price"


def test_a_frame_below_a_type_and_a_colon_is_no_message() -> None:
    trace = only_trace("java.io.IOException:\n\tat com.acme.Db.run(Db.java:7)\n")
    assert trace.root_cause is not None
    assert trace.root_cause.message == ""
    assert len(trace.frames) == 1


def test_a_failed_expectation_of_rspec_is_frames_without_an_exception() -> None:
    trace = only_trace(
        "     Failure/Error: expect(cart.total).to eq(10)\n\n       expected: 10\n"
        "            got: 9\n\n       (compared using ==)\n"
        "     # ./spec/cart_spec.rb:12:in `block (3 levels) in <top (required)>'\n"
    )
    assert trace.exceptions == ()
    assert [(frame.file, frame.line) for frame in trace.frames] == [("./spec/cart_spec.rb", 12)]


def test_an_escaped_stack_is_read() -> None:
    trace = only_trace(
        r'stack = "Error: no window\n    at open (file:///app/main.js:5:3)\n    at /app/run.js:1:2"'
    )
    assert [frame.line for frame in trace.frames] == [5, 1]


@pytest.mark.parametrize(
    "text",
    [
        "The page shows an error at 5 pm (see below). Mail me@example.com.",
        "Error: the button does not work",
        "Steps:\n1. open the file\n2. look at main.main()",
        "",
        "\n\n \r\n",
    ],
)
def test_prose_has_no_trace(text: str) -> None:
    assert find_traces(text) == []


def test_a_ruby_exception_that_names_its_frame_is_ranked_as_the_exception() -> None:
    text = "/gems/a.rb:3:in `x': bad (KeyError)\n\tfrom app/b.rb:1:in `y'\n"
    assert [line.priority for line in rank_lines(text)] == [0, FIRST_APPLICATION_FRAME_PRIORITY + 1]


def test_lines_are_ranked_root_cause_first_then_exceptions_then_the_nearest_frames() -> None:
    text = (TRACES / "java_causes.txt").read_text(encoding="utf-8")
    ranked = rank_lines(text)
    assert [line.start for line in ranked] == sorted(line.start for line in ranked)

    def first_words(line: RankedLine) -> str:
        return text[line.start : line.end].split("(")[0].split(": ")[0]

    by_priority = [first_words(line) for line in sorted(ranked, key=lambda line: line.priority)]
    assert by_priority[0] == "Caused by"
    assert set(by_priority[1:4]) == {
        'Exception in thread "main" java.lang.IllegalStateException',
        "Suppressed",
        "Caused by",
    }
    assert by_priority[4] == "at com.acme.shop.OrderService.total"
    assert by_priority[-1].startswith("at org.springframework")
