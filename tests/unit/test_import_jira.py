"""Jira issues: API v2 with wiki markup, v3 with documents."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from tests.exports import EXPORTS, import_files, import_json, load
from training.importers.adf import to_markdown
from training.importers.environment import read_environment, with_version
from training.importers.jira import Jira
from training.importers.tally import Note


def text(value: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": value, "marks": [{"type": mark} for mark in marks]}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def paragraph(*content: Any) -> dict[str, Any]:
    return node("paragraph", *content)


def document(*content: Any) -> dict[str, Any]:
    return {"version": 1, **node("doc", *content)}


def issue(key: str = "SHOP-1", **fields: Any) -> dict[str, Any]:
    return {"key": key, "fields": {"summary": "Cart is lost", **fields}}


def only(folder: Path, item: Any, **options: bool) -> TrainingRecord:
    records, _ = import_json(folder, Jira(**options), item)
    (record,) = records
    return record


def test_real_issues_become_records() -> None:
    records, tally = import_files(Jira(), EXPORTS / "jira.json")
    assert [record.id for record in records] == [
        "jira:AC-247",
        "jira:TIMOB-23404",
        "jira:TIMOB-16218",
        "jira:AC-18",
    ]
    assert tally.skipped == {"not a bug: Improvement": 1}
    assert tally.notes == {Note.TITLE_IS_ACTUAL: 1, Note.TITLE_ONLY: 1}
    formatter, name, refresh, _ = records
    assert formatter.output.environment == (
        "OS: macOS 10.10.3, Environment: Appcelerator Studio 4.1.0.201507071122"
    )
    assert formatter.output.actual_behavior.startswith("An error message ('Number is empty')")
    assert formatter.output.expected_behavior.startswith("The OK button is enabled. Clicking")
    assert formatter.input.image_paths == [
        "https://jira.example/secure/attachment/56234/AC-247.png"
    ]
    assert name.output.suggested_solution == "Place your application name string into string.xml"
    assert name.output.environment.endswith("Version: Release 5.3.0")
    assert refresh.output.actual_behavior == "Nothing happens"
    assert "h2.Actual Result\n" in (refresh.input.description or "")


def test_nobody_of_the_user_fields_is_imported() -> None:
    records, _ = import_files(Jira(), EXPORTS / "jira.json")
    exported = str(load("jira.json"))
    for told in ("Jo Doe", "jdoe", "jo.doe@corp.example", "s3cret123"):
        assert told in exported
        assert not any(told in record.model_dump_json() for record in records)


@pytest.mark.parametrize(
    "export",
    [
        pytest.param({"issues": [issue()], "total": 1}, id="search"),
        pytest.param([issue()], id="array"),
        pytest.param(issue(), id="one-issue"),
        pytest.param(issue(issuetype={"name": "Software Defect"}), id="own-type-of-bug"),
        pytest.param(
            issue(description=None, environment=None, labels=None, customfield_1={"a": [1]}),
            id="nulls-and-custom-fields",
        ),
    ],
)
def test_every_layout_gives_the_same_record(tmp_path: Path, export: Any) -> None:
    assert only(tmp_path, export) == only(tmp_path, [issue()])
    assert only(tmp_path, export).id == "jira:SHOP-1"


def test_other_types_are_taken_when_asked_for(tmp_path: Path) -> None:
    story = issue(issuetype={"name": "Story"})
    assert import_json(tmp_path, Jira(), story)[1].skipped == {"not a bug: Story": 1}
    assert only(tmp_path, story, every_type=True).id == "jira:SHOP-1"


def test_a_document_of_v3_reads_as_wiki_markup_does(tmp_path: Path) -> None:
    # No public export of v3 was found: this one follows Atlassian's documentation of the format.
    record = only(
        tmp_path,
        issue(
            description=document(
                node("heading", text("Actual result"), level=2),
                paragraph(text("The cart is "), text("empty", "strong"), text(" after a reload.")),
                node("heading", text("Expected result"), level=2),
                paragraph(text("The cart keeps its items.")),
                paragraph(node("mention", id="5b10", text="@Jo Doe"), text(" please look")),
            ),
            environment=document(paragraph(text("Windows 10"), node("hardBreak"), text("Shop 2"))),
            versions=[{"name": "2.0"}, {"name": "2.1"}],
        ),
    )
    assert record.output.actual_behavior == "The cart is empty after a reload."
    assert record.output.expected_behavior == "The cart keeps its items."
    assert record.output.environment == "OS: Windows 10, Environment: Shop 2, Version: 2.0, 2.1"
    assert "@[name] please look" in (record.input.description or "")
    assert "Jo Doe" not in record.model_dump_json()


@pytest.mark.parametrize(
    ("blocks", "markdown"),
    [
        pytest.param(
            [node("codeBlock", text("a\nb"), language="js")], "```js\na\nb\n```", id="code"
        ),
        pytest.param(
            [
                node(
                    "bulletList",
                    node("listItem", paragraph(text("a")), paragraph(text("b"))),
                    node(
                        "listItem",
                        paragraph(text("c")),
                        node("orderedList", node("listItem", paragraph(text("d"))), order=3),
                    ),
                )
            ],
            "- a\n  b\n- c\n  3. d",
            id="lists",
        ),
        pytest.param(
            [
                node(
                    "taskList",
                    node("taskItem", text("a"), state="DONE"),
                    node("taskItem", text("b"), state="TODO"),
                )
            ],
            "- [x] a\n- [ ] b",
            id="tasks",
        ),
        pytest.param(
            [node("blockquote", paragraph(text("a")), paragraph(text("b")))],
            "> a\n>\n> b",
            id="quote",
        ),
        pytest.param(
            [
                node(
                    "table",
                    node(
                        "tableRow",
                        node("tableHeader", paragraph(text("a"))),
                        node("tableCell", paragraph(text("b")), paragraph(text("c"))),
                    ),
                )
            ],
            "| a | b c |",
            id="table",
        ),
        pytest.param(
            [node("panel", paragraph(text("a")), panelType="info"), node("rule")],
            "a\n\n----",
            id="panel-and-rule",
        ),
        pytest.param([node("expand", paragraph(text("a")), title="Log")], "Log\n\na", id="expand"),
        pytest.param(
            [node("mediaSingle", node("media", id="1", type="file")), paragraph(text("a"))],
            "a",
            id="media",
        ),
        pytest.param(
            [
                paragraph(
                    text("x", "code"),
                    node("hardBreak"),
                    node("emoji", shortName=":grin:", text="😀"),
                    node("inlineCard", url="https://a.example"),
                    node("date", timestamp="1582152559000"),
                    node("status", text=" DONE"),
                    node("placeholder", text="type here"),
                )
            ],
            "`x`\n😀https://a.example2020-02-19 DONE",
            id="inline",
        ),
        pytest.param([node("layoutOfTomorrow", paragraph(text("a")))], "a", id="unknown-block"),
        pytest.param([node("heading", text("a"), level="x")], "### a", id="bad-level"),
        pytest.param([paragraph(node("date", timestamp="x"))], "", id="bad-date"),
        pytest.param(["x", None, {"type": 3}], "", id="no-nodes"),
    ],
)
def test_a_document_becomes_markdown(blocks: list[Any], markdown: str) -> None:
    assert to_markdown(document(*blocks)) == markdown


def test_a_document_that_never_ends_is_cut_off() -> None:
    inner = paragraph(text("a"))
    for _ in range(500):
        inner = node("panel", inner)
    assert to_markdown(document(paragraph(text("b")), inner)) == "b"


@pytest.mark.parametrize(
    ("field", "env"),
    [
        pytest.param(
            "iOS 7.0.3\nTi.SDK 3.2.0",
            {"os": "iOS 7.0.3", "environment": "Ti.SDK 3.2.0"},
            id="two-lines",
        ),
        pytest.param("OS: Windows 10", {"os": "Windows 10"}, id="label"),
        pytest.param(
            "Mac OS X 10.7.5\nAndroid 4.0.4",
            {"environment": "Mac OS X 10.7.5, Android 4.0.4"},
            id="two-systems",
        ),
        pytest.param(
            "Windows 10 Pro, Studio 4", {"environment": "Windows 10 Pro, Studio 4"}, id="one-line"
        ),
        pytest.param(
            "Environment:\nFirefox 99.0",
            {"browser": "Firefox", "browserVersion": "99.0"},
            id="browser",
        ),
        pytest.param("N/A", {}, id="nothing"),
        pytest.param(" \n", {}, id="blank"),
    ],
)
def test_the_environment_field_is_told_apart(field: str, env: dict[str, str]) -> None:
    assert read_environment(field) == env


@pytest.mark.parametrize(
    ("name", "version", "both"),
    [
        pytest.param("Windows", "10", "Windows 10", id="apart"),
        pytest.param("Windows 10", "10", "Windows 10", id="version-in-the-name"),
        pytest.param("go", "go1.12", "go1.12", id="name-in-the-version"),
        pytest.param("Linux", None, "Linux", id="no-version"),
        pytest.param("Unspecified", "10", "", id="no-name"),
    ],
)
def test_a_name_and_its_version_stand_once(name: str, version: str | None, both: str) -> None:
    assert with_version(name, version) == both


def test_a_bad_issue_is_reported_with_its_key(tmp_path: Path) -> None:
    export = [issue("A-1"), issue("A-2", summary=None), {"key": "A-3"}]
    records, tally = import_json(tmp_path, Jira(), export)
    assert [record.id for record in records] == ["jira:A-1"]
    assert [(r.item.split()[-1], r.field) for r in tally.first_rejected] == [
        ("A-2", "fields.summary"),
        ("A-3", "fields"),
    ]


def test_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="keys errorMessages, errors, expected Jira issues"):
        import_json(tmp_path, Jira(), {"errorMessages": ["no"], "errors": {}})
