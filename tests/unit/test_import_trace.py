"""Stack traces out of the frames of events: the summarizer's own parser must understand them."""

from pathlib import Path
from typing import Any

import pytest

from summarizer.stacktraces import Language, StackTrace, find_traces
from tests.exports import EXPORTS, import_files
from training.importers.sentry import Sentry
from training.importers.sentry_event import read_event
from training.importers.sentry_trace import trace_of


def frame(function: str, file: str, line: int, **more: Any) -> dict[str, Any]:
    return {"function": function, "abs_path": file, "filename": file, "lineno": line, **more}


def raised(name: str, value: str, *frames: Any, **more: Any) -> dict[str, Any]:
    return {"type": name, "value": value, "stacktrace": {"frames": list(frames)}, **more}


def trace(platform: str | None, *exceptions: Any, **more: Any) -> str:
    event = {"platform": platform, "exception": {"values": list(exceptions)}, **more}
    return trace_of(read_event(event))


def only(text: str) -> StackTrace:
    (found,) = find_traces(text)
    assert (found.start, found.end) == (0, len(text))
    return found


def names(found: StackTrace) -> list[str]:
    return [exception.type_name for exception in found.exceptions]


def top(found: StackTrace) -> tuple[str, str, int | None]:
    first = found.top_application_frame
    assert first is not None
    return first.function, first.file, first.line


PYTHON_CHAIN = (
    raised(
        "KeyError",
        "'SKU-9'",
        frame("total", "/srv/shop/totals.py", 31, context_line="    return prices[sku]\n"),
        module="builtins",
        mechanism={"type": "chained", "source": "__cause__", "exception_id": 1, "parent_id": 0},
    ),
    raised(
        "OrderRejected",
        "no price",
        frame("save", "/srv/shop/views.py", 88, context_line="    raise OrderRejected"),
        module="shop.errors",
    ),
)


def test_a_python_chain_is_a_traceback() -> None:
    text = trace("python", *PYTHON_CHAIN)
    assert text == (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/totals.py", line 31, in total\n'
        "    return prices[sku]\n"
        "KeyError: 'SKU-9'\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/views.py", line 88, in save\n'
        "    raise OrderRejected\n"
        "shop.errors.OrderRejected: no price"
    )
    found = only(text)
    assert found.language is Language.PYTHON
    assert names(found) == ["KeyError", "shop.errors.OrderRejected"]
    assert top(found) == ("total", "/srv/shop/totals.py", 31)


def test_a_python_chain_of_another_kind_says_so() -> None:
    first, second = PYTHON_CHAIN
    text = trace("python", {**first, "mechanism": {"source": "__context__"}}, second)
    assert "\nDuring handling of the above exception, another exception occurred:\n" in text
    assert names(only(text)) == ["KeyError", "shop.errors.OrderRejected"]


def test_a_java_chain_has_its_cause_last() -> None:
    text = trace(
        "java",
        raised(
            "NullPointerException",
            'Cannot invoke "Item.price()"',
            frame("run", "Thread.java", 748, module="java.lang.Thread"),
            frame("total", "OrderService.java", 42, module="com.acme.shop.OrderService"),
            module="java.lang",
        ),
        raised(
            "IllegalStateException",
            "could not save",
            frame("save", "OrderController.kt", 57, module="com.acme.shop.OrderController"),
            frame("invoke0", "", 0, module="com.acme.Native"),
            module="java.lang",
        ),
    )
    assert text == (
        "java.lang.IllegalStateException: could not save\n"
        "\tat com.acme.Native.invoke0(Unknown Source)\n"
        "\tat com.acme.shop.OrderController.save(OrderController.kt:57)\n"
        'Caused by: java.lang.NullPointerException: Cannot invoke "Item.price()"\n'
        "\tat com.acme.shop.OrderService.total(OrderService.java:42)\n"
        "\tat java.lang.Thread.run(Thread.java:748)"
    )
    found = only(text)
    assert found.language is Language.JAVA
    assert found.root_cause is not None
    assert found.root_cause.type_name == "java.lang.NullPointerException"
    assert top(found) == ("com.acme.shop.OrderService.total", "OrderService.java", 42)
    assert len(found.frames) == 4


@pytest.mark.parametrize("platform", ["javascript", "node", "php", "native", None])
def test_other_platforms_print_as_v8_does(platform: str | None) -> None:
    text = trace(
        platform,
        raised("Error", "status 500", frame("parse", "/srv/shop/src/api.js", 8, colno=11)),
        raised(
            "TypeError",
            "x is undefined",
            frame("Cart.render", "https://shop.example/cart.js", 120, colno=17),
            frame("?", "https://shop.example/cart.js", 9, colno=1),
            frame("total", "https://shop.example/cart.js", 7),
        ),
    )
    assert text == (
        "TypeError: x is undefined\n"
        "    at total (https://shop.example/cart.js:7)\n"
        "    at https://shop.example/cart.js:9:1\n"
        "    at Cart.render (https://shop.example/cart.js:120:17) {\n"
        "  [cause]: Error: status 500\n"
        "      at parse (/srv/shop/src/api.js:8:11)\n"
        "}"
    )
    found, *others = find_traces(text)
    assert others == []
    assert found.language is Language.JAVASCRIPT
    assert names(found) == ["TypeError", "Error"]
    assert top(found) == ("parse", "/srv/shop/src/api.js", 8)
    assert len(found.frames) == 4


def test_a_dotnet_chain_has_the_frames_of_its_cause_first() -> None:
    text = trace(
        "csharp",
        raised(
            "System.NullReferenceException",
            "Object reference not set.",
            frame("Total(Order order)", "C:\\src\\OrderService.cs", 42, module="Acme.OrderService"),
            module="System.Private.CoreLib, Version=4.0.0.0",
        ),
        raised(
            "Acme.OrderException",
            "order 17",
            frame("Load(Int32 id)", "C:\\src\\OrderRepository.cs", 9, module="Acme.Repository"),
        ),
    )
    assert text == (
        "Acme.OrderException: order 17\n"
        " ---> System.NullReferenceException: Object reference not set.\n"
        "   at Acme.OrderService.Total(Order order) in C:\\src\\OrderService.cs:line 42\n"
        "   --- End of inner exception stack trace ---\n"
        "   at Acme.Repository.Load(Int32 id) in C:\\src\\OrderRepository.cs:line 9"
    )
    found = only(text)
    assert found.language is Language.DOTNET
    assert names(found) == ["Acme.OrderException", "System.NullReferenceException"]
    assert top(found) == ("Acme.OrderService.Total", "C:\\src\\OrderService.cs", 42)


def test_a_go_panic_is_one_only_where_nothing_handled_it() -> None:
    frames = (
        frame("main", "/srv/shop/main.go", 12, module="main"),
        frame("(*Cart).Total", "/srv/shop/cart/cart.go", 42, module="github.com/acme/shop/cart"),
    )
    panic = raised("runtime.boundsError", "index out of range", *frames)
    text = trace("go", {**panic, "mechanism": {"handled": False}})
    assert text == (
        "panic: index out of range\n\n"
        "goroutine 1 [running]:\n"
        "github.com/acme/shop/cart.(*Cart).Total(...)\n"
        "\t/srv/shop/cart/cart.go:42\n"
        "main.main(...)\n"
        "\t/srv/shop/main.go:12"
    )
    found = only(text)
    assert (found.language, names(found)) == (Language.GO, ["panic"])
    assert top(found) == ("github.com/acme/shop/cart.(*Cart).Total", "/srv/shop/cart/cart.go", 42)
    handled = trace("go", raised("*url.Error", "no such host", *frames))
    assert handled.startswith("url.Error: no such host\n\ngoroutine 1 [running]:\n")
    assert len(find_traces(handled)[-1].frames) == 2


def test_a_ruby_exception_stands_with_the_line_that_raised_it() -> None:
    text = trace(
        "ruby",
        raised("KeyError", "key not found", frame("fetch", "/srv/shop/lib/prices.rb", 3)),
        raised(
            "Shop::Rejected",
            "no price\nfor SKU-9",
            frame("save", "/srv/shop/app/order.rb", 9),
            frame("total", "/srv/shop/app/order.rb", 12),
            module="Shop",
        ),
    )
    assert text == (
        "/srv/shop/app/order.rb:12:in `total': no price (Shop::Rejected)\n"
        "for SKU-9\n"
        "\tfrom /srv/shop/app/order.rb:9:in `save'\n"
        "/srv/shop/lib/prices.rb:3:in `fetch': key not found (KeyError)"
    )
    (found,) = find_traces(text)
    assert found.language is Language.RUBY
    assert names(found) == ["Shop::Rejected", "KeyError"]
    assert top(found) == ("fetch", "/srv/shop/lib/prices.rb", 3)


@pytest.mark.parametrize(
    ("file", "language"),
    [
        pytest.param("shop/views.py", Language.PYTHON, id="python"),
        pytest.param("Cart.kt", Language.JAVA, id="kotlin"),
        pytest.param("/srv/app/order.rb", Language.RUBY, id="ruby"),
        pytest.param("/srv/main.go", Language.GO, id="go"),
        pytest.param("/srv/cart.js", Language.JAVASCRIPT, id="javascript"),
    ],
)
@pytest.mark.parametrize("platform", [None, "other"])
def test_without_a_platform_the_files_tell(
    file: str, language: Language, platform: str | None
) -> None:
    text = trace(platform, raised("E", "x", frame("total", file, 3, module="com.acme.Cart")))
    assert find_traces(text)[-1].language is language


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"stacktrace": {"frames": [frame("f", "/a/b.py", 3)]}}, id="of-the-event"),
        pytest.param(
            {
                "threads": {
                    "values": [
                        {"id": 1, "stacktrace": {"frames": [frame("g", "/a/g.py", 1)]}},
                        {
                            "id": 2,
                            "crashed": True,
                            "stacktrace": {"frames": [frame("f", "/a/b.py", 3)]},
                        },
                        {"id": 3, "stacktrace": None},
                    ]
                }
            },
            id="of-the-crashed-thread",
        ),
    ],
)
def test_frames_that_stand_elsewhere_are_those_of_the_exception(parts: dict[str, Any]) -> None:
    bare = {"type": "ValueError", "value": "bad", "stacktrace": None}
    assert trace("python", bare, **parts) == (
        'Traceback (most recent call last):\n  File "/a/b.py", line 3, in f\nValueError: bad'
    )


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"exception": {"values": [{"type": "E", "value": "x"}, {}]}}, id="no-frames"),
        pytest.param(
            {"exception": {"values": [{"stacktrace": {"frames": [{"lineno": 3}]}}]}},
            id="a-frame-without-a-place",
        ),
    ],
)
def test_without_frames_there_is_no_trace(event: dict[str, Any]) -> None:
    assert trace_of(read_event(event)) == ""


def test_the_source_line_of_the_web_api_is_found_by_its_number() -> None:
    lines = [[2, "x"], [3, "  y()"]]
    found = {"function": "f", "absPath": "/a/b.py", "lineNo": 3, "context": lines}
    assert "    y()\n" in trace("python", raised("E", "x", found))


REAL = {
    "sentry.json": [
        (Language.GO, 1, 1),
        (Language.DOTNET, 4, 4),
        (Language.PYTHON, 3, 3),
        (Language.DOTNET, 6, 9),
    ],
    "sentry_api.json": [(Language.JAVASCRIPT, 7, 7)],
    "sentry_legacy.json": [
        (Language.JAVA, 12, 12),
        (Language.JAVASCRIPT, 4, 4),
        (Language.RUBY, 3, 3),
    ],
}
"""By file and event: the language, the frames that the parser finds, and those that are there."""


@pytest.mark.parametrize("name", REAL)
def test_the_traces_of_real_events_are_recognised(name: str) -> None:
    records, _ = import_files(Sentry(), Path(EXPORTS / name))
    found = []
    for record in records:
        text = record.input.stacktrace_text or ""
        last = find_traces(text)[-1]
        calls = [line for line in text.splitlines() if _is_call(line)]
        found.append((last.language, len(last.frames), len(calls)))
        assert last.top_application_frame is not None
    assert found == REAL[name]


def _is_call(line: str) -> bool:
    return line.lstrip().startswith(("at ", "File ", "from ", "main.main(")) or "in `/'" in line
