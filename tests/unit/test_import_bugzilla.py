"""Bugzilla bugs, with their comments inside, in another document, or nowhere."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from tests.exports import EXPORTS, import_files, import_json, load
from training.data.bad_lines import Reason
from training.importers.bugzilla import Bugzilla
from training.importers.tally import Note

AGENT = "User Agent: Mozilla/5.0 (X11; Linux x86_64; rv:57.0) Gecko/20100101 Firefox/57.0"
REPORT = f"""{AGENT}
Build ID: 20170809100326

Steps to reproduce:

Drag the sidebar button next to the back button.

Actual results:

The back button cannot be clicked.

Expected results:

The back button should remain active."""


def bug(**changes: Any) -> dict[str, Any]:
    return {
        "id": 35,
        "summary": "Back button is disabled",
        "comments": [{"count": 0, "text": REPORT}, {"count": 1, "text": "Confirmed."}],
        **changes,
    }


def without_comments(**changes: Any) -> dict[str, Any]:
    item = bug(**changes)
    del item["comments"]
    return item


def only(folder: Path, *documents: Any, **options: bool) -> TrainingRecord:
    records, _ = import_json(folder, Bugzilla(**options), *documents)
    (record,) = records
    return record


def test_real_bugs_become_records() -> None:
    paths = [EXPORTS / "bugzilla.json", EXPORTS / "bugzilla_comments.json"]
    records, tally = import_files(Bugzilla(), *paths)
    assert [record.id for record in records] == [
        "bugzilla:1679326",
        "bugzilla:1742077",
        "bugzilla:1776815",
    ]
    assert tally.skipped == {"not a bug: enhancement": 1}
    hangs, crash, upload = records
    assert hangs.output.environment == (
        "OS: Windows 10, Browser: SeaMonkey 2.53.5.1, Platform: x86_64, "
        "Product: SeaMonkey 2.53 Branch"
    )
    # Its section says "See above.", which is no answer.
    assert hangs.output.actual_behavior == (
        "Constant intermitant hang ups while typing or scrolling."
    )
    assert crash.output.bug_category == "crash"
    assert crash.output.environment == "OS: Windows 7, Browser: SeaMonkey 2.53.10"
    assert upload.output.actual_behavior.startswith("Error Message")
    assert "Works for me." not in (upload.input.description or "")


def test_nobody_of_the_user_fields_is_imported() -> None:
    records, _ = import_files(
        Bugzilla(), EXPORTS / "bugzilla.json", EXPORTS / "bugzilla_comments.json"
    )
    exported = str(load("bugzilla.json"))
    for told in ("Jo Doe", "jdoe", "jo.doe@corp.example", "Confirmed by"):
        assert told in exported
        assert not any(told in record.model_dump_json() for record in records)


def test_the_guided_form_is_read_by_its_headings(tmp_path: Path) -> None:
    record = only(tmp_path, {"bugs": [bug()]})
    assert record.output.actual_behavior == "The back button cannot be clicked."
    assert record.output.expected_behavior == "The back button should remain active."
    assert record.output.environment == "OS: Linux, Browser: Firefox 57.0"
    assert record.input.description == f"Back button is disabled\n\n{REPORT}"


def comments(number: int = 35, **first: Any) -> dict[str, Any]:
    return {"bugs": {str(number): {"comments": [{"count": 0, "text": REPORT, **first}]}}}


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([{"bugs": [bug()]}], id="rest"),
        pytest.param([[bug()]], id="array"),
        pytest.param([bug()], id="one-bug"),
        pytest.param([{"bugs": [without_comments()]}, comments()], id="comments-after"),
        pytest.param([comments(), {"bugs": [without_comments()]}], id="comments-before"),
        pytest.param(
            [{"bugs": [without_comments()]}, comments(text="markup", raw_text=REPORT)],
            id="raw-text",
        ),
        pytest.param([without_comments(description=REPORT)], id="description"),
        pytest.param([bug(keywords=None, op_sys="All", platform="Unspecified")], id="nulls"),
        pytest.param([bug(version="unspecified", product="Firefox")], id="no-version"),
        pytest.param(
            [bug(version=["unspecified"], component=["General"], keywords="a, b")], id="red-hat"
        ),
    ],
)
def test_every_layout_gives_the_same_record(tmp_path: Path, documents: list[Any]) -> None:
    assert only(tmp_path, *documents) == only(tmp_path, [bug()])
    assert only(tmp_path, *documents).id == "bugzilla:35"


def test_a_bug_without_its_report_is_its_title(tmp_path: Path) -> None:
    records, tally = import_json(tmp_path, Bugzilla(), without_comments(), comments(36))
    assert records[0].input.description == "Back button is disabled"
    assert tally.notes[Note.TITLE_ONLY] == 1


def test_a_number_of_thousands_of_digits_spoils_nothing(tmp_path: Path) -> None:
    many = {"9" * 5000: {"comments": [{"count": 0, "text": "x"}]}}
    answer = {"bugs": many | comments()["bugs"]}
    assert only(tmp_path, without_comments(), answer) == only(tmp_path, bug())


@pytest.mark.parametrize(
    ("fields", "environment"),
    [
        pytest.param({"op_sys": "Windows 10"}, "OS: Windows 10, Browser: Firefox 57.0", id="os"),
        pytest.param({"op_sys": "Linux"}, "OS: Linux, Browser: Firefox 57.0", id="same-os"),
        pytest.param(
            {"platform": "x86_64", "product": "Firefox", "version": "57 Branch"},
            "OS: Linux, Browser: Firefox 57.0, Platform: x86_64, Product: Firefox 57 Branch",
            id="product",
        ),
    ],
)
def test_the_bugs_own_fields_come_first(
    tmp_path: Path, fields: dict[str, str], environment: str
) -> None:
    assert only(tmp_path, bug(**fields)).output.environment == environment


@pytest.mark.parametrize(
    ("fields", "category"),
    [
        pytest.param({"keywords": ["crash", "regression"]}, "crash", id="crash"),
        pytest.param({"keywords": ["hang"]}, "hang", id="hang"),
        pytest.param({"keywords": ["perf"]}, "performance", id="perf"),
        pytest.param({"keywords": ["csectype-uaf"]}, "security", id="security"),
        pytest.param({"cf_crash_signature": "[@ a::b]"}, "crash", id="signature"),
        pytest.param({"cf_crash_signature": ""}, "functional", id="no-signature"),
    ],
)
def test_keywords_give_the_category(tmp_path: Path, fields: dict[str, Any], category: str) -> None:
    record = only(tmp_path, bug(summary="It is bad", comments=[], **fields))
    assert record.output.bug_category == category


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({"type": "task"}, "task", id="task"),
        pytest.param({"severity": "enhancement"}, "enhancement", id="older-bugzilla"),
    ],
)
def test_what_is_no_defect_is_skipped(tmp_path: Path, changes: dict[str, str], kind: str) -> None:
    records, tally = import_json(tmp_path, Bugzilla(), bug(**changes))
    assert records == []
    assert tally.skipped == {f"not a bug: {kind}": 1}
    assert only(tmp_path, bug(**changes), every_type=True).id == "bugzilla:35"


def test_a_bad_bug_is_reported_with_its_number(tmp_path: Path) -> None:
    export = [bug(), bug(id=36, summary=7), bug(id=37, comments="x")]
    records, tally = import_json(tmp_path, Bugzilla(), export)
    assert len(records) == 1
    assert [(r.item.split()[-1], r.field, r.reason) for r in tally.first_rejected] == [
        ("36", "summary", Reason.WRONG_TYPE),
        ("37", "comments", Reason.WRONG_TYPE),
    ]


def test_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="keys error, message, expected Bugzilla bugs"):
        import_json(tmp_path, Bugzilla(), {"error": True, "message": "no"})
