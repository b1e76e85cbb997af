"""The split depends on the content of reports and on nothing else."""

import hashlib
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from schemas.report import Environment, ReportInput
from schemas.summary import Summary
from training.data.split import (
    Keys,
    Part,
    bounded,
    content_key,
    data_hash,
    first_by_key,
    held_out,
    record_digest,
    split_in_three,
)


def record(
    description: str | None, stacktrace: str | None = None, actual: str = "It fails.", **env: str
) -> TrainingRecord:
    return TrainingRecord(
        input=ReportInput(
            description=description,
            stacktrace_text=stacktrace,
            env=Environment.model_validate(env) if env else None,
        ),
        output=Summary(
            environment="",
            actual_behavior=actual,
            expected_behavior="",
            bug_category="",
            suggested_solution="",
        ),
    )


def numbered(count: int) -> list[TrainingRecord]:
    return [record(f"Save button {number} does nothing") for number in range(count)]


def heads(records: list[TrainingRecord]) -> Keys:
    return np.array([int(content_key(one)[:16], 16) for one in records], dtype=np.uint64)


def split(
    records: list[TrainingRecord], share: float
) -> tuple[list[TrainingRecord], list[TrainingRecord]]:
    """The records to train on, and those that are held out."""
    mask = held_out(heads(records), share)
    return (
        [one for one, out in zip(records, mask, strict=True) if not out],
        [one for one, out in zip(records, mask, strict=True) if out],
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(record("the APP\r\n   crashes at\t**startup** 12"), id="layout-and-case"),
        pytest.param(record("- The app _crashes_\n- at startup: 12!"), id="markup"),
        pytest.param(record("The app crashes", "at startup 12"), id="moved-to-the-trace"),
        pytest.param(record("The app crashes at startup 12", actual="Boom."), id="annotation"),
        pytest.param(record("The app crashes at startup 12", os="macOS"), id="environment"),
    ],
)
def test_the_same_words_have_the_same_key(other: TrainingRecord) -> None:
    assert content_key(other) == content_key(record("The app crashes at startup 12"))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("The app crashes at startup 13", id="digits"),
        pytest.param("The app crashes at startups 12", id="word"),
        pytest.param("startup 12 The app crashes at", id="order"),
    ],
)
def test_other_words_have_another_key(other: str) -> None:
    assert content_key(record(other)) != content_key(record("The app crashes at startup 12"))


def test_reports_without_words_are_told_apart() -> None:
    assert content_key(record("???")) != content_key(record("!!!"))


def test_the_key_is_known() -> None:
    # A changed key would move held-out records into the training part of a published model.
    assert content_key(record("Crash at startup", "at Foo.bar(Foo.java:12)")) == (
        "03158d8dc0a4f27a11b5ee08e802a7893e9c9518634271eb6ab28a3e36ab1fe3"
    )


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=60),
    st.floats(0, 0.99),
    st.randoms(use_true_random=False),
)
def test_each_record_is_on_one_side_wherever_it_stands(
    numbers: list[int], share: float, shuffle: random.Random
) -> None:
    records = [record(f"report {number}", actual=str(at)) for at, number in enumerate(numbers)]
    parts = split(records, share)
    train, out = map(_contents, parts)
    assert not train & out
    assert len(parts[0]) + len(parts[1]) == len(records)
    assert bool(out) == (share > 0 and len(set(numbers)) > 1)
    assert train

    shuffle.shuffle(records)
    assert tuple(map(_contents, split(records, share))) == (train, out)


def _contents(records: list[TrainingRecord]) -> set[str | None]:
    return {one.input.description for one in records}


def test_a_record_keeps_its_side_when_the_file_grows() -> None:
    before = split(numbered(200), 0.2)
    after = split(numbered(2000), 0.2)
    for small, large in zip(before, after, strict=True):
        assert _contents(small) <= _contents(large)


def test_the_share_is_about_kept() -> None:
    assert 0.18 < len(split(numbered(2000), 0.2)[1]) / 2000 < 0.22


def test_two_records_give_one_to_each_side() -> None:
    records = numbered(2)
    first, last = sorted(records, key=content_key)
    for share in (0.0001, 0.9999):
        assert split(records, share) == ([last], [first])


@pytest.mark.parametrize(
    ("records", "share"),
    [
        pytest.param(numbered(1), 0.5, id="one-record"),
        pytest.param(numbered(1) * 3, 0.5, id="one-distinct-record"),
        pytest.param(numbered(5), 0.0, id="no-share"),
    ],
)
def test_nothing_is_held_out(records: list[TrainingRecord], share: float) -> None:
    assert split(records, share)[1] == []


def test_a_clause_in_a_script_without_spaces_is_one_word_of_the_key() -> None:
    # Another key would put reports on other sides than published models were told.
    expected = hashlib.sha256("点击保存 页面一直空白".encode()).hexdigest()
    assert content_key(record("点击保存,页面一直空白。")) == expected


@pytest.mark.parametrize(
    ("records", "share", "words"),
    [
        pytest.param([], 0.1, "no records", id="no-records"),
        pytest.param(numbered(2), 1.0, "below 1", id="share-of-all"),
        pytest.param(numbered(2), -0.1, "at least 0", id="negative-share"),
    ],
)
def test_what_cannot_be_split(records: list[TrainingRecord], share: float, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        split(records, share)


def test_three_parts_share_no_report_and_stay_when_the_data_grows() -> None:
    small, large = heads(numbered(300)), heads(numbered(900))
    before, after = split_in_three(small, 0.1, 0.05), split_in_three(large, 0.1, 0.05)
    assert before.tolist() == after[:300].tolist()
    shares = [(after == part).mean() for part in (Part.VALIDATION, Part.HELD_OUT)]
    assert 0.03 < shares[0] < 0.07
    assert 0.07 < shares[1] < 0.13


def test_two_reports_are_enough_for_two_parts() -> None:
    parts = split_in_three(heads(numbered(2)), 0.1, 0.05)
    assert sorted(parts.tolist()) == [Part.TRAIN, Part.HELD_OUT]


def test_one_report_is_not_enough() -> None:
    with pytest.raises(DatasetError, match="only one distinct report"):
        split_in_three(heads(numbered(1) * 3), 0.1, 0.05)


def test_what_is_evaluated_on_is_bounded_and_the_rest_is_not_trained_on() -> None:
    keys = heads(numbered(900))
    parts = split_in_three(keys, 0.2, 0.1)
    limited = bounded(parts, keys, 20)
    assert [(limited == part).sum() for part in (Part.VALIDATION, Part.HELD_OUT)] == [20, 20]
    assert ((limited == Part.TRAIN) == (parts == Part.TRAIN)).all()
    assert ((limited == Part.BEYOND) == (limited != parts)).all()


def test_the_choice_of_some_records_changes_little_when_there_are_more() -> None:
    keys = heads(numbered(400))
    before = set(np.flatnonzero(first_by_key(keys[:200], 50)).tolist())
    after = set(np.flatnonzero(first_by_key(keys, 50)).tolist())
    assert len(before) == len(after) == 50
    assert {position for position in after if position < 200} <= before


def digest(*records: TrainingRecord) -> str:
    return data_hash(np.array([record_digest(one) for one in records], dtype="S32"))


def test_the_data_hash_knows_content_and_nothing_else() -> None:
    records = numbered(3)
    named = [records[2], records[0].model_copy(update={"id": "a"}), records[1]]
    assert digest(*named) == digest(*records)
    assert digest(record("x", a="1", b="2")) == digest(record("x", b="2", a="1"))
    assert digest(*records[:2]) != digest(*records)
    assert digest(*records, records[0]) != digest(*records)
    assert digest(record("x", actual="a")) != digest(record("x", actual="b"))
    assert digest(record("x", os="a")) != digest(record("x", os="b"))


def test_the_data_hash_is_that_of_the_sorted_digests() -> None:
    # A changed hash would not be found again by whoever holds a published model.
    digests = [bytes([number % 7, *range(30), number % 3]) for number in range(100)]
    assert any(one.endswith(b"\0") for one in digests)
    expected = hashlib.sha256(b"".join(sorted(digests))).hexdigest()
    assert data_hash(np.array(digests, dtype="S32")) == expected
