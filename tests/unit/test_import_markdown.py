"""Markdown bodies without what nobody sees."""

import pytest

from training.importers.github import without_comments


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("a <!-- b --> c", "a c", id="inline"),
        pytest.param("<!-- a\nb -->\nc", "c", id="several-lines"),
        pytest.param("a <!-- b", "a <!-- b", id="never-closed"),
        pytest.param("```\n<!-- a -->\n```\nb", "```\n<!-- a -->\n```\nb", id="code"),
        pytest.param("<!-- ```\n-->\na\n```\nb\n```", "a\n```\nb\n```", id="fence-in-a-comment"),
        pytest.param("~~~\n<!-- a", "~~~\n<!-- a", id="code-never-closed"),
    ],
)
def test_comments_go_and_code_stays(text: str, kept: str) -> None:
    assert without_comments(text) == kept
