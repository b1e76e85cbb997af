"""Which frames belong to the application, and which to a library or to the runtime."""

from pathlib import Path

import pytest

from summarizer.stacktraces import Frame, find_traces

TRACES = Path(__file__).parent / "traces"

LIBRARY_FRAMES = [
    "\tat kotlin.collections.CollectionsKt.first(Collections.kt:1)",
    "\tat org.postgresql.core.v3.QueryExecutorImpl.run(QueryExecutorImpl.java:1)",
    "\tat com.zaxxer.hikari.pool.HikariProxyConnection.run(HikariProxyConnection.java:1)",
    "\tat com.mysql.cj.jdbc.exceptions.SQLError.create(SQLError.java:1)",
    "\tat com.amazonaws.http.AmazonHttpClient.run(AmazonHttpClient.java:1)",
    "\tat com.facebook.react.bridge.JavaMethodWrapper.invoke(JavaMethodWrapper.java:1)",
    "\tat com.acme.Cart$$EnhancerBySpringCGLIB$$1a2b.total(<generated>)",
    "\tat com.android.internal.os.ZygoteInit.main(ZygoteInit.java:1)",
    "\tat org.eclipse.swt.widgets.Display.run(Display.java:1)",
    "\tat org.eclipse.core.internal.resources.Workspace.run(Workspace.java:1)",
    '  File "/usr/lib/python3.11/json/decoder.py", line 1, in decode',
    '  File "/app/venv/lib/python3.11/site-packages/flask/app.py", line 1, in run',
    r'  File "C:\Users\me\AppData\Local\Programs\Python\Python311\lib\json\x.py", line 1, in x',
    r'  File "C:\Python39\Lib\json\decoder.py", line 1, in x',
    r'  File "C:\Users\me\miniconda3\envs\shop\lib\json\decoder.py", line 1, in x',
    "File /opt/conda/lib/python3.10/json/decoder.py:1, in JSONDecoder.decode(self, s)",
    "regexp.MustCompile(0x1)\n\t/opt/hostedtoolcache/go/1.22.1/x64/src/regexp/regexp.go:1 +0x1",
    "log.(*Logger).Panic(0x1)\n\tC:/Program Files/Go/src/log/log.go:1 +0x1",
    "encoding/json.(*decodeState).object(0x1)\n\tencoding/json/decode.go:1 +0x1",
    "github.com/gin-gonic/gin.New(0x1)\n\t/src/vendor/github.com/gin-gonic/gin/context.go:1 +0x1",
    "github.com/gin-gonic/gin.New(0x1)\n\tgithub.com/gin-gonic/gin@v1.9.1/context.go:1 +0x1",
    "    at Module._compile (node:internal/modules/cjs/loader:1:1)",
    "    at parse (/app/node_modules/axios/index.js:1:1)",
    "    at Module._load (module.js:1:1)",
    "    at render (https://shop.example/js/chunk-vendors.8c1f.js:1:1)",
    "    at n (https://shop.example/js/runtime.js:1:1)",
    "    at n (runtime-main.8c1f.js:1:1)",
    "    at n (https://cdn.jsdelivr.net/npm/lodash/lodash.min.js:1:1)",
    "   at System.String.Concat(String a, String b)",
    "   at Microsoft.Extensions.Hosting.Host.Run(String a) in /_/src/Host.cs:line 1",
    "\tfrom /usr/lib/ruby/3.0.0/json.rb:1:in `parse'",
    "activerecord (7.0.4) lib/active_record/core.rb:1:in `find'",
    "     # /usr/local/bundle/gems/webmock-3.1/lib/webmock/rspec.rb:1",
    "\tfrom /home/me/.gem/gems/rack-2.2/lib/rack.rb:1:in `call'",
]
APPLICATION_FRAMES = [
    "\tat org.eclipse.jdt.internal.core.Openable.open(Openable.java:1)",
    "\tat com.acme.Main.main(Main.kt:1)",
    '  File "/srv/shop/app.py", line 1, in run',
    r'  File "D:\work\shop\Lib\app.py", line 1, in run',
    "Cell In[3], line 1",
    "main.main()\n\t/home/kim/src/main/main.go:1 +0x1",
    "shop/cart.Total(0x1)\n\t/home/kim/src/shop/cart/cart.go:1 +0x1",
    "github.com/acme/log.Total(0x1)\n\t/src/log/log.go:1 +0x1",
    "    at run (/srv/shop/src/runtime.js:1:1)",
    "    at load (https://cdn.shop.example/app.js:1:1)",
    "    at HTMLButtonElement.onclick ((index):12:5)",
    "    at load (webpack-internal:///./src/app.ts:1:1)",
    "   at Acme.Program.Main(String[] args) in C:\\Program.cs:line 1",
    "\tfrom app/models/order.rb:1:in `save'",
]


def frames_of(text: str) -> tuple[Frame, ...]:
    (trace,) = find_traces(text)
    return trace.frames


def are_application(line: str) -> list[bool]:
    return [frame.is_application for frame in frames_of(f"{line}\n{line}")]


@pytest.mark.parametrize("line", LIBRARY_FRAMES)
def test_a_library_frame_is_not_the_application(line: str) -> None:
    assert are_application(line) == [False] * 2


@pytest.mark.parametrize("line", APPLICATION_FRAMES)
def test_an_application_frame_is_one(line: str) -> None:
    assert are_application(line) == [True] * 2


def test_jars_beside_the_applications_classes_are_libraries_unless_they_are_its_own() -> None:
    frames = frames_of((TRACES / "java_logback.txt").read_text(encoding="utf-8"))
    assert [frame.function for frame in frames if frame.is_application] == [
        "com.acme.web.OrderController.list",
        "com.acme.orders.OrderDao.load",
    ]


@pytest.mark.parametrize("folder", ["classes!/:na", "classes/:?", "!/:1.0", "main/:na"])
def test_a_folder_of_classes_is_known(folder: str) -> None:
    frames = frames_of(
        "java.io.IOException: closed\n"
        "\tat io.oddorm.Session.run(Session.java:9) ~[oddorm-1.0.jar:1.0]\n"
        f"\tat com.acme.Dao.load(Dao.java:12) ~[{folder}]\n"
    )
    assert [frame.is_application for frame in frames] == [False, True]


def test_jars_alone_do_not_say_which_one_is_the_applications() -> None:
    frames = frames_of(
        "java.io.IOException: closed\n"
        "\tat com.acme.Dao.load(Dao.java:12) ~[shop.jar:1.0]\n"
        "\tat java.lang.Thread.run(Thread.java:829) [?:?]\n"
    )
    assert [frame.is_application for frame in frames] == [True, False]


@pytest.mark.parametrize(
    ("text", "function"),
    [
        pytest.param(
            "java.lang.NullPointerException\n"
            "\tat java.lang.String.length(String.java:1)\n"
            "\tat java.lang.reflect.Method.invoke(Method.java:2)\n"
            "\tat org.apache.catalina.connector.Request.parse(Request.java:3)\n",
            "org.apache.catalina.connector.Request.parse",
            id="a framework before the runtime",
        ),
        pytest.param(
            "java.lang.NullPointerException\n"
            "\tat java.lang.reflect.Method.invoke(Method.java:2)\n"
            "\tat java.lang.Thread.run(Thread.java:3)\n",
            "java.lang.reflect.Method.invoke",
            id="the runtime only",
        ),
    ],
)
def test_without_an_application_frame_the_next_best_is_the_top(text: str, function: str) -> None:
    (trace,) = find_traces(text)
    top = trace.top_application_frame
    assert top is not None
    assert not top.is_application
    assert top.function == function
