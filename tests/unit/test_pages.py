"""Self-contained pages: nothing of a report becomes markup, nothing is asked of elsewhere."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from training.pages import figure, render_page, svg, write_page


def test_text_is_escaped() -> None:
    page = render_page("page.html", {"title": "<script>alert(1)</script>"})
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render_page("page.html", {})


def test_a_figure_is_one_svg_element_with_escaped_text_and_no_links_out() -> None:
    drawn = figure()
    axes = drawn.subplots()
    axes.bar(["a & <b>"], [3])
    axes.set_title("<script> $ _ $")
    element = str(svg(drawn))
    assert element.startswith("<svg")
    assert element.rstrip().endswith("</svg>")
    assert "<script" not in element
    assert not re.findall(r'(?:href|src)="(?!#)', element)


def test_the_same_figure_is_the_same_bytes() -> None:
    def drawn() -> str:
        each = figure()
        each.subplots().plot([1, 2, 3])
        return str(svg(each))

    assert drawn() == drawn()


def test_a_page_is_written_into_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_page(path, "page.html", {"title": "Straße"})
    assert "Straße" in path.read_text(encoding="utf-8")
