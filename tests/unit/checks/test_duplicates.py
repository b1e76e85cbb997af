"""Reports that occur more than once."""

import pytest

from schemas.record import TrainingRecord
from schemas.report import Environment
from tests.unit.checks.conftest import FILES, made, places
from training.data.checks.duplicates import duplicate_findings, held_out_findings
from training.data.checks.finding import FindingKind
from training.data.record_index import RecordIndex


def test_duplicates_are_told_from_contradictions() -> None:
    index = RecordIndex()
    index.add(made("It hangs.", actual_behavior="It hangs."), 0, 1)
    index.add(made("It crashes.", actual_behavior="It crashes."), 0, 2)
    index.add(made("**it HANGS**", actual_behavior="It hangs."), 1, 7)
    index.add(made("It hangs!", bug_category="hang"), 1, 9)
    other, same = duplicate_findings(index, FILES)
    assert (other.kind, places(other)) == (
        FindingKind.CONTRADICTION,
        [(9, "input", "as in a.jsonl line 1")],
    )
    assert (same.kind, places(same)) == (
        FindingKind.DUPLICATE,
        [(7, "input", "as in a.jsonl line 1")],
    )
    assert same.places[0].file == "b.jsonl"


def seen_in(os: str | None, **output: str) -> TrainingRecord:
    """One report, seen in an environment."""
    record = made("It hangs.", actual_behavior="It hangs.", **output)
    report = record.input.model_copy(update={"env": Environment(os=os)})
    return record.model_copy(update={"input": report})


@pytest.mark.parametrize(
    ("last", "kind", "line"),
    [
        (seen_in("macOS", environment="OS: macOS"), None, 0),
        (seen_in("Linux", environment="OS: Linux"), FindingKind.DUPLICATE, 2),
        (seen_in("macOS", environment="OS: Windows"), FindingKind.DUPLICATE, 1),
        (seen_in("Linux", environment="Linux 6"), FindingKind.CONTRADICTION, 2),
        (seen_in("macOS", environment="OS: macOS", bug_category="x"), FindingKind.CONTRADICTION, 1),
        (seen_in(None, environment="OS: macOS"), None, 0),
    ],
    ids=["other env", "same", "same output", "same env", "other category", "no env"],
)
def test_a_report_of_several_environments_may_have_an_output_for_each(
    last: TrainingRecord, kind: FindingKind | None, line: int
) -> None:
    index = RecordIndex()
    index.add(seen_in("Windows", environment="OS: Windows"), 0, 1)
    index.add(seen_in("Linux", environment="OS: Linux"), 0, 2)
    index.add(last, 0, 3)
    found = duplicate_findings(index, FILES)
    assert [one.kind for one in found] == ([kind] if kind else [])
    assert [places(one) for one in found] == (
        [[(3, "input", f"as in a.jsonl line {line}")]] if kind else []
    )


def test_different_reports_are_no_finding() -> None:
    index = RecordIndex()
    for line in range(20):
        index.add(made(f"Report {line}", actual_behavior="It fails."), 0, line)
    assert duplicate_findings(index, FILES) == []


def test_many_duplicates_are_counted_and_some_are_shown() -> None:
    index = RecordIndex()
    for line in range(1, 31):
        index.add(made("It hangs.", actual_behavior="It hangs."), 0, line)
    (same,) = duplicate_findings(index, FILES)
    assert (same.count, len(same.places)) == (29, 10)
    (twice,) = held_out_findings(index, [3, 4], FILES)
    assert [place.line for place in twice.places] == [4, 5]
