"""The report on the data as a page for people."""

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup
from matplotlib.figure import Figure

from schemas.summary import FieldName
from training.data.checks.histogram import Distribution
from training.data.data_report import DataReport, part_sizes
from training.pages import figure, svg, write_page

_COLOUR, _MARK = "#3b6ea5", "#a3261c"
_MOST_BARS = 20
_BAR_INCHES = 0.24
_LONGEST_LABEL = 40


def write_data_page(report: DataReport, path: Path) -> None:
    """Write the report for people."""
    values = {
        "title": "Check of the data",
        "report": report,
        "records": report.records,
        "sizes": part_sizes(report),
        "figures": _figures(report) if report.records else [],
    }
    write_page(path, "check.html", values)


def _figures(report: DataReport) -> list[tuple[str, Markup]]:
    shares = {field.value: 100 * n / report.records for field, n in report.not_stated.items()}
    drawn = [
        ("Categories", _bars(report.categories, "records")),
        ("Fields that are not stated, in per cent of the records", _bars(shares, "%")),
        ("Words of the fields that are stated; the bars count records", _words(report.words)),
        (
            "Languages of the descriptions (ISO 639), by their records",
            _bars(report.languages, "records"),
        ),
    ]
    if report.tokens is not None:
        caption = (
            "Tokens of the reports before any is cut; the line is the budget of "
            f"{report.max_source_tokens}, the last bar is all that are longer"
        )
        drawn.insert(0, (caption, _tokens(report.tokens, report.max_source_tokens)))
    return [(caption, svg(each)) for caption, each in drawn]


def _tokens(tokens: Distribution, budget: int) -> Figure:
    drawn = figure()
    axes = drawn.subplots()
    width = tokens.edges[1] - tokens.edges[0]
    axes.bar(tokens.edges, tokens.counts, width=width, align="edge", color=_COLOUR)
    axes.axvline(budget, color=_MARK)
    axes.set_xlabel("tokens")
    axes.set_ylabel("records")
    return drawn


def _words(words: Mapping[FieldName, Distribution]) -> Figure:
    shown = [field for field in FieldName if field is not FieldName.BUG_CATEGORY]
    drawn = figure(height=1.5 * len(shown))
    for axes, field in zip(drawn.subplots(len(shown), sharex=True), shown, strict=True):
        counts = words[field].counts
        axes.bar(range(len(counts)), counts, width=1, align="edge", color=_COLOUR)
        axes.set_title(field, fontsize="small", loc="left")
    edges = words[shown[0]].edges
    axes.set_xticks(range(len(edges)), [str(edge) for edge in edges])
    axes.set_xlabel("words, from")
    return drawn


def _bars(values: Mapping[str, float], unit: str) -> Figure:
    """Horizontal bars, the first value on top; what is beyond twenty is one bar."""
    names, numbers = list(values), list(values.values())
    if len(names) > _MOST_BARS:
        rest = sum(numbers[_MOST_BARS:])
        names = [*names[:_MOST_BARS], f"{len(names) - _MOST_BARS} others"]
        numbers = [*numbers[:_MOST_BARS], rest]
    drawn = figure(height=0.8 + _BAR_INCHES * len(names))
    axes = drawn.subplots()
    # By position: two long names that begin alike would be one bar.
    axes.barh(range(len(names)), numbers, color=_COLOUR)
    axes.set_yticks(range(len(names)), [name[:_LONGEST_LABEL] for name in names])
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    return drawn
