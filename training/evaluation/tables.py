"""Tables of text, for a terminal or as Markdown; columns are aligned in both."""

from collections.abc import Sequence

_SPOKEN = {"rightOverall": "right", "rougeLOverall": "ROUGE-L", "macroF1": "macro-F1"}


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    text_columns: int,
    *,
    markdown: bool = False,
) -> str:
    """The first `text_columns` columns are aligned to the left, all others to the right."""
    if markdown:
        header = [_escaped(cell) for cell in header]
        rows = [[_escaped(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if at < text_columns else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |" if markdown else "  ".join(padded).rstrip()

    # A colon at the right end of a rule aligns a Markdown column to the right.
    rule = [
        "-" * width if at < text_columns or not markdown else "-" * (width - 1) + ":"
        for at, width in enumerate(widths)
    ]
    return "\n".join(map(line, (header, rule, *rows)))


def number(value: float | None) -> str:
    """A figure between 0 and 1; a dash where there is none."""
    return "-" if value is None else f"{value:.3f}"


def p_value(value: float) -> str:
    """A p-value, which is never 0."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def between(interval: tuple[float, float] | None) -> str:
    """An interval; a dash where there is none."""
    return "-" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


def short_interval(interval: tuple[float, float]) -> str:
    """The same where there is little room."""
    return f"{interval[0]:.2f}\N{EN DASH}{interval[1]:.2f}"


def signed(value: float) -> str:
    """A difference of figures."""
    return f"{value:+.3f}"


def between_signed(interval: tuple[float, float]) -> str:
    """The interval of a difference."""
    return f"{signed(interval[0])} to {signed(interval[1])}"


def spoken(name: str) -> str:
    """A headline figure as people call it: `environment (right)`."""
    whose, figure = name.split(".", 1)
    return f"{whose} ({_SPOKEN.get(figure, figure)})"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
