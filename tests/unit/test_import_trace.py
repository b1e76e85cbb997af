"""Stack traces out of the frames of events: the summarizer's own parser must understand them."""

import pytest

from summarizer.stacktraces import Language, StackTrace, find_traces
from tests.events import frame, raised, trace


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
