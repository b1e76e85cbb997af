"""What is remembered of records does not grow with their texts."""

import tracemalloc

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import Summary
from training.data.record_index import RecordIndex

COUNT = 2000


def record(number: int, id_: str | None = None) -> TrainingRecord:
    return TrainingRecord(
        id=id_,
        input=ReportInput(description=f"Report {number} " + "stays blank " * 50),
        output=Summary(
            environment="",
            actual_behavior="It fails.",
            expected_behavior="",
            bug_category="ui",
            suggested_solution="",
        ),
    )


def test_a_record_is_found_by_its_id_and_compared_by_its_content() -> None:
    index = RecordIndex()
    index.add(record(1, "a"), 0, 5)
    index.add(record(2), 3, 7)
    assert index.position_of(record(9, "a")) == 0
    assert index.position_of(record(1, "b")) is None
    assert index.position_of(record(2)) is None
    assert index.holds_at(0, record(1, "other"))
    assert not index.holds_at(0, record(2))
    assert index.place(1) == (3, 7)
    assert len(index.heads) == len(index.tails) == len(index.digests) == len(index) == 2


def test_no_text_is_kept() -> None:
    record(0)
    tracemalloc.start()
    try:
        index = RecordIndex()
        for number in range(COUNT):
            index.add(record(number, f"id-{number}"), 0, number)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / COUNT < 260
