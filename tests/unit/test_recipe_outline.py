import pytest

from training.recipe.outline import PartKind, first_paragraph, outline


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        pytest.param("h5. Actual Result:", PartKind.ACTUAL, id="jira"),
        pytest.param("**actual results**", PartKind.ACTUAL, id="markdown-bold"),
        pytest.param("### Expected Behaviour", PartKind.EXPECTED, id="markdown"),
        pytest.param("*Expected:*", PartKind.EXPECTED, id="jira-bold"),
        pytest.param("**[Expected result]:**", PartKind.EXPECTED, id="bracketed"),
        pytest.param("What should have happened?", PartKind.EXPECTED, id="question"),
        pytest.param("Steps to Reproduce:", PartKind.STEPS, id="steps"),
        pytest.param("h4. Problem Description", PartKind.PROBLEM, id="problem"),
        pytest.param("## Workaround:", PartKind.SOLUTION, id="workaround"),
        pytest.param("**Environment:**", PartKind.ENVIRONMENT, id="environment"),
        pytest.param("h2. Something of its own", PartKind.OTHER, id="unknown-heading"),
    ],
)
def test_a_heading_names_what_follows(line: str, kind: PartKind) -> None:
    parts = outline(f"before\n{line}\nafter")
    assert [(part.kind, part.body) for part in parts] == [
        (PartKind.PROSE, "before"),
        (kind, "after"),
    ]


def test_a_heading_may_share_its_line_with_the_text() -> None:
    parts = outline("Actual: it crashes\nExpected - it stays")
    assert [(part.kind, part.body, part.inline) for part in parts] == [
        (PartKind.ACTUAL, "it crashes", True),
        (PartKind.EXPECTED, "it stays", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Results are wrong when sorting", id="sentence"),
        pytest.param("{code}\nactual: 3,\nexpected: 4\n{code}", id="jira-code"),
        pytest.param("```\nExpected:\n```", id="fenced-code"),
        pytest.param("[ERROR] : something", id="log"),
        pytest.param("Problem is that it stops", id="word-first"),
    ],
)
def test_other_lines_are_no_headings(text: str) -> None:
    assert [part.kind for part in outline(text)] == [PartKind.PROSE]


def test_the_first_paragraph_ends_at_a_blank_line() -> None:
    assert first_paragraph("\none\ntwo\n\nthree\n\nfour") == ("one\ntwo", "three\n\nfour")
