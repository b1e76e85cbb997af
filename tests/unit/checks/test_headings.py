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
        "Fehlerbild",
    ],
    ids=["sentence", "error", "heading of another report", "not stated", "title alone"],
)
def test_other_text_is_no_finding(text: str) -> None:
    assert checked(TemplateHeadings(FILES), [made(REPORT, actual_behavior=text)]) == []


def test_the_environment_may_begin_with_a_label() -> None:
    record = made("OS: Linux\nIt crashes.", environment="OS: Linux")
    assert checked(TemplateHeadings(FILES), [record]) == []
