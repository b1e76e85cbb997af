"""The split depends on the content of reports and on nothing else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from schemas.report import Environment, ReportInput
from schemas.summary import Summary
from training.split import content_key, data_hash, split


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
    train, held_out = map(_contents, (parts.train, parts.held_out))
    assert not train & held_out
    assert len(parts.train) + len(parts.held_out) == len(records)
    assert bool(held_out) == (share > 0 and len(set(numbers)) > 1)
    assert train

    shuffle.shuffle(records)
    again = split(records, share)
    assert (_contents(again.train), _contents(again.held_out)) == (train, held_out)


def _contents(records: tuple[TrainingRecord, ...]) -> set[str | None]:
    return {one.input.description for one in records}


def test_a_record_keeps_its_side_when_the_file_grows() -> None:
    before = split(numbered(200), 0.2)
    after = split(numbered(2000), 0.2)
    assert _contents(before.held_out) <= _contents(after.held_out)
    assert _contents(before.train) <= _contents(after.train)


def test_the_share_is_about_kept() -> None:
    assert 0.18 < len(split(numbered(2000), 0.2).held_out) / 2000 < 0.22


def test_parts_keep_the_order_of_the_file() -> None:
    records = numbered(50)
    parts = split(records, 0.3)
    assert list(parts.train) == [one for one in records if one in parts.train]


def test_two_records_give_one_to_each_side() -> None:
    records = numbered(2)
    first, last = sorted(records, key=content_key)
    for share in (0.0001, 0.9999):
        parts = split(records, share)
        assert (parts.held_out, parts.train) == ((first,), (last,))


@pytest.mark.parametrize(
    ("records", "share"),
    [
        pytest.param(numbered(1), 0.5, id="one-record"),
        pytest.param(numbered(1) * 3, 0.5, id="one-distinct-record"),
        pytest.param(numbered(5), 0.0, id="no-share"),
    ],
)
def test_nothing_is_held_out(records: list[TrainingRecord], share: float) -> None:
    assert split(records, share).held_out == ()


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


def test_the_data_hash_knows_content_and_nothing_else() -> None:
    records = numbered(3)
    named = [records[2], records[0].model_copy(update={"id": "a"}), records[1]]
    assert data_hash(named) == data_hash(records)
    assert data_hash([record("x", a="1", b="2")]) == data_hash([record("x", b="2", a="1")])
    assert data_hash(records[:2]) != data_hash(records)
    assert data_hash([*records, records[0]]) != data_hash(records)
    assert data_hash([record("x", actual="a")]) != data_hash([record("x", actual="b")])
    assert data_hash([record("x", os="a")]) != data_hash([record("x", os="b")])
