"""Pages for people: one self-contained HTML file each.

A page has no script and asks nothing of any other place; its figures are inline SVG. Whatever a
report says is escaped.
"""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

from training.evaluation.tables import (
    between_signed,
    number,
    p_value,
    short_interval,
    signed,
    spoken,
)

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bug-summarizer",
    "font.family": "sans-serif",
}
"""Text stays text, and the same figure is the same bytes."""

_environment = Environment(
    loader=PackageLoader("training", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {
    "share": number,
    "short_interval": short_interval,
    "signed": signed,
    "spoken": spoken,
    "between_signed": between_signed,
    "p_value": p_value,
}


def render_page(template: str, values: Mapping[str, object]) -> str:
    """A page out of a file in `training/templates`, which extends `page.html`.

    Raises jinja2.UndefinedError where the template asks for a value that is not given.
    """
    return _environment.get_template(template).render(values)


def write_page(path: Path, template: str, values: Mapping[str, object]) -> None:
    """The same, into a file; its folder is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(template, values), encoding="utf-8")


def figure(width: float = 6.4, height: float = 2.6) -> Figure:
    """An empty figure of so many inches, outside of matplotlib's global state."""
    return Figure(figsize=(width, height), layout="constrained")


def svg(drawn: Figure) -> Markup:
    """A figure as an inline SVG element."""
    text = io.StringIO()
    for label in drawn.findobj(Text):
        # A dollar sign in a category's name begins no formula.
        label.set_parse_math(False)
    with rc_context(_STYLE), warnings.catch_warnings():
        # The text is drawn by the browser, with its own fonts.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        drawn.savefig(text, format="svg", metadata={"Date": None})
    document = text.getvalue()
    return Markup(document[document.index("<svg") :])  # noqa: S704 - matplotlib escapes its texts
