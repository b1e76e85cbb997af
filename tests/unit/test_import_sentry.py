"""Sentry events, as SDKs of all ages send them and as the web API answers."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from tests.exports import EXPORTS, import_files, import_json, load
from training.data.bad_lines import Reason
from training.importers.sentry import Sentry
from training.importers.tally import Note

FRAME = {"function": "total", "filename": "cart.js", "lineno": 3, "colno": 9}


def event(**changes: Any) -> dict[str, Any]:
    return {
        "event_id": "9999aaaaca8b46d797c23c6077c6ff01",
        "platform": "javascript",
        "exception": {
            "values": [
                {"type": "TypeError", "value": "x is undefined", "stacktrace": {"frames": [FRAME]}}
            ]
        },
        "contexts": {
            "os": {"name": "Windows", "version": "10"},
            "browser": {"name": "Chrome", "version": "83.0.4103"},
        },
        **changes,
    }


def only(folder: Path, document: Any, **options: bool) -> TrainingRecord:
    records, _ = import_json(folder, Sentry(**options), document)
    (record,) = records
    return record


def test_real_events_of_sdks_become_records() -> None:
    records, tally = import_files(Sentry(), EXPORTS / "sentry.json")
    assert [record.output.actual_behavior for record in records] == [
        "os.PathError: open ./test.txt: no such file or directory",
        "System.DivideByZeroException: Attempted to divide by zero.",
        "ZeroDivisionError: division by zero",
        "DivideByZeroException: Attempted to divide by zero.",
    ]
    assert [record.output.environment for record in records] == [
        "OS: linux, Runtime: go1.12.17",
        "OS: Ubuntu, Browser: Firefox 76.0, Runtime: .NET Core 3.1.3, Environment: Development",
        "OS: Ubuntu, Browser: Firefox 75.0, Runtime: CPython 3.8.2",
        "OS: Mac OS X 10.14.0, Device: MacBookPro14,3, Release: 1.1",
    ]
    assert records[0].id == "sentry:af536c31b68a473f97e579507ce155e3"
    assert records[1].input.description == (
        "System.DivideByZeroException: Attempted to divide by zero.\n\n"
        "An unhandled exception has occurred while executing the request.\n\n"
        "In myWebApp.Pages.DivideZeroModel in DivideByZero\n\n"
        "Request: GET http://localhost:5000/Divide-Zero"
    )
    assert tally.first_rejected == []
    assert tally.notes == {Note.TITLE_IS_ACTUAL: 4}


def test_a_real_event_of_the_web_api_becomes_a_record() -> None:
    (record,), _ = import_files(Sentry(), EXPORTS / "sentry_api.json")
    assert record.input.description == (
        "Error: an error string\n\nIn viewWrappedDebugError(vendor)\n\n"
        "Request: http://localhost:4200/\n\nErrors before it:\n- Error: Something broke"
    )
    assert record.output.environment == "OS: Ubuntu, Browser: Firefox 72.0"


def test_real_events_of_old_sdks_become_records() -> None:
    records, tally = import_files(Sentry(), EXPORTS / "sentry_legacy.json")
    assert [record.output.actual_behavior for record in records] == [
        "ApiException: Authentication failed, token expired!",
        "TypeError: Object [object Object] has no method 'updateFrom'",
        "ZeroDivisionError: divided by 0",
    ]
    assert [record.id for record in records] == [None, None, None]
    assert tally.skipped == {"not an error: csp": 1}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("sentry.json", ["7337a9a27ac6", "somebody's MacBook"], id="hosts-and-devices"),
        pytest.param("sentry_api.json", ["192.0.2.1"], id="api"),
        pytest.param("sentry_legacy.json", ["user@sentry.io", "mail@example.org"], id="legacy"),
    ],
)
def test_nobody_of_the_user_fields_is_imported(name: str, told: list[str]) -> None:
    records, _ = import_files(Sentry(), EXPORTS / name)
    for text in told:
        assert text in str(load(name))
        assert not any(text in record.model_dump_json() for record in records)


def entries(**parts: Any) -> dict[str, Any]:
    raw = event()
    exception = raw.pop("exception")
    raw["eventID"] = raw.pop("event_id")
    raw["id"] = "5253"
    raw["entries"] = [{"type": "exception", "data": exception}, *parts.get("more", [])]
    return raw


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([event()], id="array"),
        pytest.param(event(), id="one-event"),
        pytest.param(event(exception=event()["exception"]["values"]), id="bare-list"),
        pytest.param(
            {
                **{key: value for key, value in event().items() if key != "exception"},
                "sentry.interfaces.Exception": event()["exception"],
            },
            id="old-sdk",
        ),
        pytest.param(entries(), id="web-api"),
        pytest.param(
            event(
                contexts={},
                tags=[
                    ["os", "Windows 10"],
                    ["browser", "Chrome 83.0.4103"],
                    ["user", "ip:1.2.3.4"],
                ],
            ),
            id="tags-as-pairs",
        ),
        pytest.param(
            event(
                contexts=None, tags={"os": "Windows 10", "browser": "Chrome 83.0.4103", "x": None}
            ),
            id="tags-as-object",
        ),
        pytest.param(
            event(breadcrumbs=[None], user=None, request=None, type="error", threads=[], level=3),
            id="nulls",
        ),
        pytest.param(
            event(message="TypeError x is undefined cart.js", location="cart.js"), id="made-up"
        ),
    ],
)
def test_every_spelling_gives_the_same_record(tmp_path: Path, document: Any) -> None:
    assert only(tmp_path, document) == only(tmp_path, [event()])
    assert only(tmp_path, document).id == "sentry:9999aaaaca8b46d797c23c6077c6ff01"


@pytest.mark.parametrize(
    ("changes", "environment"),
    [
        pytest.param(
            {"contexts": {"client_os": {"type": "os", "name": "iOS"}}}, "OS: iOS", id="by-type"
        ),
        pytest.param(
            {
                "contexts": {
                    "device": {"name": "Jo's phone", "model": "iPhone9,4"},
                    "app": {"app_version": "1.0"},
                },
                "release": {"version": "shop@1.0"},
                "environment": "prod",
            },
            "Device: iPhone9,4, App version: 1.0, Release: shop@1.0, Environment: prod",
            id="device-app-release",
        ),
        pytest.param(
            {"contexts": {}, "release": "b65bc521378269d3eaefdc964f8ef56621414943"},
            "Not stated",
            id="commit-as-release",
        ),
        pytest.param(
            {
                "contexts": {},
                "request": {
                    "headers": [["User-Agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/83.0"]]
                },
            },
            "OS: Windows 10, Browser: Chrome 83.0",
            id="user-agent",
        ),
        pytest.param(
            {
                "contexts": {},
                "request": {
                    "headers": {"User-Agent": ["Mozilla/5.0 (Windows NT 6.1) Firefox/9.0"]}
                },
            },
            "OS: Windows 7, Browser: Firefox 9.0",
            id="user-agent-of-php",
        ),
    ],
)
def test_the_environment_comes_from_contexts_and_tags(
    tmp_path: Path, changes: dict[str, Any], environment: str
) -> None:
    assert only(tmp_path, event(**changes)).output.environment == environment


def test_a_message_is_told_with_what_its_exception_says_further(tmp_path: Path) -> None:
    record = only(
        tmp_path,
        event(
            logentry={"message": "could not save %s", "formatted": "Could not save the cart"},
            exception={"values": [{"type": "E", "value": "first line\nsecond line"}]},
            request={
                "url": "https://bob:pw123@shop.example/cart?token=abcdef123",
                "method": "POST",
            },
            transaction="save_cart",
        ),
    )
    assert record.input.description == (
        "E: first line\n\nCould not save the cart\n\nsecond line\n\nIn save_cart\n\n"
        "Request: POST https://shop.example/cart"
    )


def test_a_message_without_an_exception_is_the_title(tmp_path: Path) -> None:
    record = only(tmp_path, event(exception=None, message="Payment was refused\nby the bank"))
    assert record.output.actual_behavior == "Payment was refused"
    assert "by the bank" in (record.input.description or "")


def test_a_long_message_gets_a_short_title(tmp_path: Path) -> None:
    value = "word " * 200
    record = only(tmp_path, event(exception=[{"type": "E", "value": value}]))
    title = record.output.actual_behavior
    assert 290 < len(title) <= 300
    assert value.startswith(title.removeprefix("E: "))
    assert title.endswith("word")
    assert (record.input.description or "").endswith(value.strip())


def test_only_bad_breadcrumbs_are_told_and_the_last_of_them(tmp_path: Path) -> None:
    crumbs = [{"level": "error", "message": f"broken {number}"} for number in range(12)]
    record = only(tmp_path, event(breadcrumbs={"values": [*crumbs, {"message": "clicked"}]}))
    description = record.input.description or ""
    assert description.endswith("- broken 11")
    assert "broken 1\n" not in description
    assert "broken 2\n" in description
    assert "clicked" not in description


@pytest.mark.parametrize("bad", [1, None, "ab", [], ["a"]], ids=repr)
def test_what_is_no_tag_and_no_header_is_passed_over(tmp_path: Path, bad: Any) -> None:
    agent = ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:57.0) Gecko/20100101 Firefox/57.0"]
    tags, headers = [bad, ["runtime", "CPython 3.8"]], [bad, agent]
    record = only(tmp_path, event(tags=tags, request={"headers": headers}, contexts={}))
    assert record.output.environment == "OS: Linux, Browser: Firefox 57.0, Runtime: CPython 3.8"


def test_a_fatal_event_is_a_crash(tmp_path: Path) -> None:
    assert only(tmp_path, event(level="fatal")).output.bug_category == "crash"
    assert only(tmp_path, event(tags={"level": "fatal"})).output.bug_category == "crash"
    assert only(tmp_path, event(level="error")).output.bug_category == "functional"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"type": "transaction"}, "transaction", id="transaction"),
        pytest.param({"csp": {"blocked_uri": "x"}}, "csp", id="policy"),
        pytest.param({"tags": [["level", "info"]]}, "info", id="level"),
    ],
)
def test_what_is_no_error_is_skipped(tmp_path: Path, changes: dict[str, Any], kind: str) -> None:
    records, tally = import_json(tmp_path, Sentry(), event(**changes))
    assert records == []
    assert tally.skipped == {f"not an error: {kind}": 1}


def test_a_bad_event_is_reported_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    frames = [{"function": "f", "lineno": "x"}]
    bad = event(
        event_id="123456789abc", exception=[{"type": "E", "stacktrace": {"frames": frames}}]
    )
    title = "<unlabeled event>"
    empty = {"event_id": "fedcba987654", "contexts": {}, "title": title, "message": title}
    records, tally = import_json(tmp_path, Sentry(), [event(), bad, empty])
    assert len(records) == 1
    first, second = tally.first_rejected
    assert first.item.endswith("event 12345678")
    assert (first.field, first.reason) == (
        "exception[0].stacktrace[0].lineno",
        Reason.WRONG_TYPE,
    )
    assert (second.item.split()[-1], second.reason) == ("fedcba98", Reason.EMPTY_REPORT)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([{"id": "1", "shortId": "A-1", "count": "3", "culprit": "x"}], id="issues"),
        pytest.param({"detail": "Authentication credentials were not provided."}, id="error"),
    ],
)
def test_another_shape_is_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(DatasetError, match="expected Sentry events as the web API"):
        import_json(tmp_path, Sentry(), document)
