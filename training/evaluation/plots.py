"""The plots of the pages."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from training.evaluation.reliability import Calibration
from training.pages import figure, svg

_BLUE = "#2b5fa8"
_ORANGE = "#c2571a"
_GREY = "#9aa5b4"
_GREEN = "#3d7d4a"
_PURPLE = "#7a4fa3"
_COLOURS = (_BLUE, _ORANGE, _GREEN, _PURPLE, _GREY)
"""Of lines; there are never more."""
_SMALL = 8
_Z = 1.96


def reliability_plot(calibrations: Mapping[str, Calibration]) -> Markup:
    """Accuracy by confidence, a panel for each field, with 95 % Wilson intervals.

    Perfect confidences lie on the diagonal. The bars below say how many answers a bin holds.
    """
    drawn = figure(2.1 * len(calibrations), 3.0)
    panels = drawn.subplots(2, len(calibrations), sharex=True, squeeze=False, height_ratios=[4, 1])
    for column, (name, found) in enumerate(calibrations.items()):
        above, below = panels[0][column], panels[1][column]
        _reliability(above, found)
        above.set_title(name, fontsize=9)
        middles = [(one.low + one.high) / 2 for one in found.bins]
        below.bar(middles, [one.count for one in found.bins], width=0.09, color=_GREY)
        below.set_xlabel("confidence", fontsize=_SMALL)
        for axes in (above, below):
            axes.tick_params(labelsize=7)
            axes.spines[["top", "right"]].set_visible(False)
    panels[0][0].set_ylabel("accuracy", fontsize=_SMALL)
    panels[1][0].set_ylabel("answers", fontsize=_SMALL)
    return svg(drawn)


def line_plot(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    across: str,
    up: str,
    marked: Sequence[str] = (),
) -> Markup:
    """Lines by their names, each of x and y values; those in `marked` show their points.

    Where any is marked, x values are whole numbers.
    """
    drawn = figure(7.0, 2.6)
    axes = drawn.subplots()
    for (name, (x, y)), colour in zip(series.items(), _COLOURS[: len(series)], strict=True):
        axes.plot(x, y, "o-" if name in marked else "-", color=colour, label=name, linewidth=1.3)
    axes.set_xlabel(across, fontsize=_SMALL)
    axes.set_ylabel(up, fontsize=_SMALL)
    axes.tick_params(labelsize=_SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    if marked:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.get_offset_text().set_fontsize(_SMALL)
    if len(series) > 1:
        axes.legend(fontsize=_SMALL, frameon=False)
    return svg(drawn)


def _reliability(axes: Axes, found: Calibration) -> None:
    known = [
        (one.confidence, one.accuracy, one.count)
        for one in found.bins
        if one.confidence is not None and one.accuracy is not None
    ]
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--")
    around = [_wilson(accuracy, count) for _, accuracy, count in known]
    axes.errorbar(
        [confidence for confidence, _, _ in known],
        [accuracy for _, accuracy, _ in known],
        yerr=[
            [accuracy - low for (_, accuracy, _), (low, _) in zip(known, around, strict=True)],
            [high - accuracy for (_, accuracy, _), (_, high) in zip(known, around, strict=True)],
        ],
        fmt="o",
        markersize=3.5,
        color=_BLUE,
        elinewidth=1,
        clip_on=False,
        zorder=3,
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)


def _wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, which never leaves 0 to 1 and always holds the share."""
    scale = 1 + _Z**2 / count
    middle = (share + _Z**2 / (2 * count)) / scale
    half = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) / scale
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))
