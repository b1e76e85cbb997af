"""Which reports are learnt from, and which are held out: by project, by time and at random."""

from enum import StrEnum

from training.recipe.reports import Report
from training.recipe.words import share

HELD_OUT_SHARE = 0.12
HELD_OUT_FROM = "2019"
"""Reports created in this year or later are held out, where their source tells when it was."""
HELD_OUT_PROJECTS = frozenset(
    {
        "bugbug",
        "eclipse.ecf",
        "eclipse.jdt.debug",
        "expensify",
        "inex-bug",
        "tidev.DAEMON",
        "tidev.MOD",
        "webcompat",
    }
)
"""Whole trackers and components of which nothing is learnt."""


class Side(StrEnum):
    """What a report is for."""

    TRAIN = "train"
    PROJECT = "project"
    TIME = "time"
    RANDOM = "random"


def side_of(report: Report) -> Side:
    """The side of a report: everything but `TRAIN` is held out."""
    if report.project in HELD_OUT_PROJECTS:
        return Side.PROJECT
    if report.created >= HELD_OUT_FROM:
        return Side.TIME
    return Side.RANDOM if share("held out", report.key) < HELD_OUT_SHARE else Side.TRAIN


def is_held_out(report: Report) -> bool:
    """Whether nothing is learnt from a report."""
    return side_of(report) is not Side.TRAIN
