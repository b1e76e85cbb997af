"""Encoded examples are written while they are made, and loaded as the workers load them."""

from pathlib import Path
from typing import Any

import pytest
from datasets import Features, List, Value, load_from_disk

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import Summary
from training.data.record_file import RecordFile, RecordFileWriter
from training.learning import encoded
from training.learning.encoded import write_examples


def record(number: int) -> TrainingRecord:
    return TrainingRecord(
        input=ReportInput(description=f"Report {number}"),
        output=Summary(
            environment="",
            actual_behavior="It fails.",
            expected_behavior="",
            bug_category="ui",
            suggested_solution="",
        ),
    )


@pytest.fixture
def records(tmp_path: Path) -> RecordFile:
    with RecordFileWriter(tmp_path / "records.jsonl") as writer:
        for number in range(25):
            line = record(number).model_dump_json().encode() + b"\n"
            writer.add(line, record(number))
        return writer.close()


class Encoding:
    """Encodes a record by its number; the first ones have lists without any number."""

    features = Features(
        {
            "input_ids": List(Value("int64")),
            "right": List(List(Value("int64"))),
            "length": Value("int64"),
            "weights": List(List(Value("float64"))),
        }
    )

    def __init__(self, fails_at: int | None = None) -> None:
        self.fails_at = fails_at

    def __call__(self, one: TrainingRecord) -> dict[str, Any]:
        number = int((one.input.description or "").split()[1])
        if number == self.fails_at:
            raise RuntimeError("no more")
        right: list[list[int]] = [[], [number]] if number >= 12 else [[], []]
        return {"input_ids": [number] * 3, "right": right, "length": 3, "weights": [[0.5]]}


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded, "PIECE_RECORDS", 10)


def test_every_record_becomes_an_example_in_its_place(tmp_path: Path, records: RecordFile) -> None:
    write_examples(Encoding(), records, tmp_path / "out" / "train")
    loaded = load_from_disk(str(tmp_path / "out" / "train"))
    assert len(loaded) == 25
    assert [loaded[at] for at in range(25)] == [Encoding()(record(number)) for number in range(25)]
    assert list(loaded["length"]) == [3] * 25


def test_examples_are_replaced_whole_or_not_at_all(tmp_path: Path, records: RecordFile) -> None:
    folder = tmp_path / "train"
    with pytest.raises(RuntimeError, match="no more"):
        write_examples(Encoding(fails_at=20), records, folder)
    assert not folder.exists()
    write_examples(Encoding(), records, folder)
    with pytest.raises(RuntimeError, match="no more"):
        write_examples(Encoding(fails_at=3), records, folder)
    assert len(load_from_disk(str(folder))) == 25
    write_examples(Encoding(), records, folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["records.jsonl", "train"]


@pytest.mark.parametrize("size", [1, 7, 25, 100])
def test_the_pieces_of_a_file_are_all_of_it_in_order(records: RecordFile, size: int) -> None:
    pieces = records.pieces(size)
    assert [len(list(piece)) for piece in pieces[:-1]] == [size] * (len(pieces) - 1)
    assert [one for piece in pieces for one in piece] == list(records)


def test_a_record_file_is_there_only_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with RecordFileWriter(path) as writer:
        writer.add(b"{}\n", record(1))
        assert not path.exists()
    assert list(tmp_path.iterdir()) == []
