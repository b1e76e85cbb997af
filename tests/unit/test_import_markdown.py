"""Markdown bodies without what nobody sees."""

import pytest

from tests.growth import assert_linear
from training.importers.github import without_comments
from training.importers.images import images_in
from training.importers.sections import sections


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("a <!-- b --> c", "a c", id="inline"),
        pytest.param("<!-- a\nb -->\nc", "c", id="several-lines"),
        pytest.param("a <!-- b", "a <!-- b", id="never-closed"),
        pytest.param("<!-- a --> b <!-- c", "b <!-- c", id="one-closed"),
        pytest.param("a <!--> b", "a <!--> b", id="overlapping-signs"),
        pytest.param("```\n<!-- a -->\n```\nb", "```\n<!-- a -->\n```\nb", id="code"),
        pytest.param("<!-- ```\n-->\na\n```\nb\n```", "a\n```\nb\n```", id="fence-in-a-comment"),
        pytest.param("~~~\n<!-- a", "~~~\n<!-- a", id="code-never-closed"),
    ],
)
def test_comments_go_and_code_stays(text: str, kept: str) -> None:
    assert without_comments(text) == kept


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("<!-- ", id="comments"),
        pytest.param("```\n", id="fences"),
        pytest.param("[e.g. ", id="examples"),
        pytest.param("- ", id="dashes"),
        pytest.param("<img ", id="images"),
        pytest.param("![", id="markdown-images"),
    ],
)
def test_a_hostile_body_takes_linear_time(unit: str) -> None:
    assert_linear(_read, unit, 60_000)


def _read(text: str) -> None:
    without_comments(text)
    sections(text)
    images_in(text)
