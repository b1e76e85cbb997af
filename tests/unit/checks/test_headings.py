"""Headings of templates in outputs."""

import pytest

from tests.unit.checks.conftest import FILES, checked, made, places
from training.data.checks.headings import TemplateHeadings

REPORT = (
    "h3. Expected results\nIt saves.\n**What happened?**\nIt crashes.\nTypeError: x is null\n"
    "### Fehlerbild\nEs bleibt leer."
)


@pytest.mark.parametrize(
    ("field", "text", "heading"),
    [
        ("expected_behavior", "Expected results: It saves.", "Expected results"),
        ("expected_behavior", "**Expected results:** It saves.", "Expected results"),
        ("expected_behavior", "h3. Expected results\nIt saves.", "Expected results"),
        ("actual_behavior", "### What happened?\n\nIt crashes.", "What happened?"),
        ("expected_behavior", "<b>Expected results:</b> It saves.", "Expected results"),
        ("actual_behavior", "It crashes.\n\nExpected results: It saves.", "Expected results"),
        ("actual_behavior", "Fehlerbild\nEs bleibt leer.", "Fehlerbild"),
    ],
    ids=["colon", "bold", "jira", "markdown", "html", "in the middle", "title in any language"],
)
def test_a_copied_heading_is_found(field: str, text: str, heading: str) -> None:
    (finding,) = checked(TemplateHeadings(FILES), [made(REPORT, **{field: text})])
    path = f"output.{'expectedBehavior' if field.startswith('e') else 'actualBehavior'}"
    assert places(finding) == [(1, path, heading)]


@pytest.mark.parametrize(
    "text",
    [
        "It saves.",
        "TypeError: x is null",
        "Actual results: It crashes.",
        "Not stated",
        "Fehler",
    ],
    ids=["sentence", "error", "heading of another report", "not stated", "part of a heading"],
)
def test_other_text_is_no_finding(text: str) -> None:
    assert checked(TemplateHeadings(FILES), [made(REPORT, actual_behavior=text)]) == []


@pytest.mark.parametrize(
    "heading",
    [
        "**Describe the bug**",
        "## Context",
        "__Problem__",
        "**Fehlerbeschreibung:**",
        "### 实际行为",
        "*Describe the bug*",
        "_Describe the bug_:",
        "Describe the bug\n====",
        "Describe the bug\n----",
        "【实际行为】",
    ],
)
@pytest.mark.parametrize("under", ["", "\n\nIt crashes.\nAlways."], ids=["alone", "with text"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_title_in_any_markup_is_found(heading: str, under: str, newline: str) -> None:
    report = f"It crashes in the end\n\n{heading}\nIt crashes.\nAlways.".replace("\n", newline)
    text = (heading + under).replace("\n", newline)
    (finding,) = checked(TemplateHeadings(FILES), [made(report, actual_behavior=text)])
    plain = heading.partition("\n")[0].strip("*_#: ")
    assert finding.places[0].note.strip(":") == plain


@pytest.mark.parametrize(
    ("report", "text"),
    [
        ("# Save button is dead\n\n## Steps\nClick it.", "Save button is dead"),
        ("\n**Save button is dead**\n\nClick it.", "**Save button is dead**"),
        ("Hello.\n**The save button is dead.**\nClick it.", "The save button is dead."),
        ("Hello.\n**TypeError: x is null**\nClick it.", "TypeError: x is null"),
        ("Hello.\n*TypeError: x is null*\nClick it.", "TypeError: x is null\nAlways."),
        ("Hello.\nIt is dead\n---\nClick it.", "It is dead\nClick it."),
        ("Hello.\n* one\n* two", "one\ntwo"),
    ],
    ids=[
        "first line",
        "first bold line",
        "bold sentence",
        "error",
        "stressed error",
        "above a rule",
        "list",
    ],
)
def test_what_may_be_all_there_is_to_say_is_no_finding(report: str, text: str) -> None:
    assert checked(TemplateHeadings(FILES), [made(report, actual_behavior=text)]) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("### Environment\n- OS: Windows 10", True),
        ("**Umgebung**\n\nWindows 10", True),
        ("**Umgebung**", True),
        ("---", False),
        ("- OS: Windows 10", False),
        ("OS: Windows 10\n### Environment", False),
        ("**App:** 1.2\nWindows 10", False),
        ("**Browser**\nChrome\n**Device**\nPhone", False),
    ],
)
def test_a_heading_above_the_environment_is_found(text: str, found: bool) -> None:
    report = (
        "It crashes.\n### Environment\n- OS: Windows 10\n**Umgebung**\n\nWindows 10\n"
        "**App:** 1.2\n**Browser**\nChrome\n**Device**\nPhone"
    )
    findings = checked(TemplateHeadings(FILES), [made(report, environment=text)])
    assert [path for one in findings for _, path, _ in places(one)] == (
        ["output.environment"] if found else []
    )


def test_the_environment_may_begin_with_a_label() -> None:
    record = made("OS: Linux\nIt crashes.", environment="OS: Linux")
    assert checked(TemplateHeadings(FILES), [record]) == []
