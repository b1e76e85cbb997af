"""Markdown: tables, and numbers with as many digits as mean something."""

import math
from collections.abc import Sequence

from benchmarks.figures import Bounded, Spread

TIMES = "\N{MULTIPLICATION SIGN}"
TO = "\N{EN DASH}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are right-aligned."""
    lengths = {len(row) for row in rows} - {len(header)}
    if lengths:
        raise ValueError(f"{len(header)} columns, but rows of {sorted(lengths)} cells")
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(_line(cells) for cells in (header, ruler, *rows))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def number(value: float) -> str:
    """Three digits that mean something, thousands separated: 0.0123, 1.23, 12.3, 1,230."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return str(value)
    rounded = float(f"{value:.2e}")
    decimals = max(0, 2 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def seconds(value: float) -> str:
    """A duration in ms or s, whichever reads better."""
    return f"{number(value)} s" if value >= 1 else f"{number(value * 1000)} ms"


def bounded_seconds(percentile: Bounded) -> str:
    """A percentile; `> 5 s` where requests were given up before."""
    text = seconds(percentile.value)
    return f"> {text}" if percentile.at_least else text


def spread_seconds(spread: Spread) -> str:
    """The median and, where there are several rounds, in brackets between what they lay."""
    if spread.rounds == 1:
        return seconds(spread.median)
    return f"{seconds(spread.median)} ({seconds(spread.low)}{TO}{seconds(spread.high)})"


def spread_number(spread: Spread) -> str:
    """As `spread_seconds`, for figures without a unit."""
    if spread.rounds == 1:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.low)}{TO}{number(spread.high)})"


def times(ratio: float) -> str:
    """How many times as much."""
    return f"{number(ratio)} {TIMES}"


def share(value: float) -> str:
    """A share in percent."""
    return f"{value:.0%}"
