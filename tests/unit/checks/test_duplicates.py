"""Reports that occur more than once."""

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
