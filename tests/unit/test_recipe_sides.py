"""What is held out of training."""

from dataclasses import replace

import pytest

from training.recipe.reports import Report
from training.recipe.sides import HELD_OUT_SHARE, Side, is_held_out, side_of

REPORT = Report("tidev:TIMOB-1", "tidev/jira-archive", "Apache-2.0", "It fails", "It fails.")


@pytest.mark.parametrize(
    ("key", "labels", "project"),
    [
        ("tidev:TIMOB-1", (), "tidev.TIMOB"),
        ("eclipse:7", ("eclipse.jdt.debug",), "eclipse.jdt.debug"),
        ("eclipse:7", ("tomcat70",), "eclipse.tomcat70"),
        ("seamonkey:12", (), "seamonkey"),
    ],
)
def test_a_report_knows_its_project(key: str, labels: tuple[str, ...], project: str) -> None:
    assert replace(REPORT, key=key, labels=labels).project == project


def test_whole_projects_and_late_reports_are_held_out() -> None:
    assert side_of(replace(REPORT, key="eclipse:7", labels=("ecf",))) is Side.PROJECT
    assert side_of(replace(REPORT, key="webcompat:7", created="2021-01-01")) is Side.PROJECT
    assert side_of(replace(REPORT, created="2019-01-01")) is Side.TIME
    assert side_of(replace(REPORT, created="2018-12-31")) in (Side.RANDOM, Side.TRAIN)


def test_of_the_others_a_share_is_held_out_by_the_key_alone() -> None:
    reports = [replace(REPORT, key=f"tidev:TIMOB-{number}") for number in range(4_000)]
    held_out = [report for report in reports if is_held_out(report)]
    assert abs(len(held_out) / len(reports) - HELD_OUT_SHARE) < 0.02
    assert all(is_held_out(replace(report, title="other")) for report in held_out)
