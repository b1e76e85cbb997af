"""The baselines on reports whose right answers are plain to see."""

import pytest

from schemas.report import Environment, ReportInput
from schemas.summary import NOT_STATED, Summary
from training.evaluation.baselines import first_sentence, keyword_rules

DESCRIPTION = """\
# Export

I open the list of invoices.
Then I click "Export". The app crashes at once.
The file should be saved to the downloads folder.
It also fails with two invoices.
"""
TRACE = """\
java.lang.IllegalStateException: no folder
    at com.example.Export.save(Export.java:12)
"""
REPORT = ReportInput(
    description=DESCRIPTION,
    stacktrace_text=TRACE,
    env=Environment.model_validate({"os": "macOS", "browser": "Chrome", "browserVersion": "119.0"}),
)


def said(description: str) -> Summary:
    return keyword_rules(ReportInput(description=description))


def test_the_first_sentence() -> None:
    found = first_sentence(REPORT, "functional")
    assert found.actual_behavior == "I open the list of invoices."
    assert found.expected_behavior == NOT_STATED
    assert found.bug_category == "functional"


def test_the_strongest_cues() -> None:
    found = keyword_rules(REPORT)
    assert found.actual_behavior == (
        "The app crashes at once.\njava.lang.IllegalStateException: no folder"
    )
    assert found.expected_behavior == "The file should be saved to the downloads folder."
    assert found.bug_category == "crash"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(first_sentence(REPORT, "functional"), id="first-sentence"),
        pytest.param(keyword_rules(REPORT), id="keyword-rules"),
    ],
)
def test_what_every_answer_is_given(found: Summary) -> None:
    assert found.environment == "OS: macOS, Browser: Chrome 119.0"
    assert "IllegalStateException" in found.suggested_solution


def test_rules_without_a_cue_take_the_first_sentence() -> None:
    found = said("The colours of the chart are pale. Green looks grey.")
    assert found.actual_behavior == "The colours of the chart are pale."
    assert found.expected_behavior == NOT_STATED


def test_a_weak_expectation_is_none() -> None:
    found = said("The list shows ids instead of names.")
    assert found.expected_behavior == NOT_STATED
    assert found.actual_behavior == "The list shows ids instead of names."


@pytest.mark.parametrize(
    ("description", "category"),
    [
        pytest.param("The page freezes.", "hang", id="hang"),
        pytest.param("The button overlaps the label.", "ui", id="ui"),
        pytest.param("The total is off by one.", "functional", id="none"),
    ],
)
def test_the_category_follows_the_words(description: str, category: str) -> None:
    assert said(description).bug_category == category


def test_a_report_of_a_trace_alone_answers_its_first_line() -> None:
    report = ReportInput(stacktrace_text=TRACE)
    for found in (first_sentence(report, "crash"), keyword_rules(report)):
        assert found.actual_behavior == "java.lang.IllegalStateException: no folder"
        assert found.expected_behavior == NOT_STATED


def test_a_report_without_readable_text_states_nothing() -> None:
    report = ReportInput(description="<!-- -->")
    for found in (first_sentence(report, "ui"), keyword_rules(report)):
        assert (found.actual_behavior, found.expected_behavior) == (NOT_STATED, NOT_STATED)
        assert found.environment == NOT_STATED
