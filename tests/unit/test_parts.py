"""The three parts of the data."""

import json
from pathlib import Path

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from training.options import TrainingOptions
from training.parts import Parts, read_parts, split_in_three


def record(number: int) -> TrainingRecord:
    return TrainingRecord.model_validate(
        {
            "input": {"description": f"Report number {number} fails."},
            "output": {
                "environment": None,
                "actualBehavior": f"Report number {number} fails.",
                "expectedBehavior": None,
                "bugCategory": "functional",
                "suggestedSolution": None,
            },
        }
    )


def write(path: Path, numbers: range) -> Path:
    path.write_text("".join(record(number).model_dump_json() + "\n" for number in numbers))
    return path


def keys(parts: Parts) -> list[set[str]]:
    return [
        {one.input.description or "" for one in part}
        for part in (parts.train, parts.validation, parts.held_out)
    ]


def test_no_report_stands_in_two_parts() -> None:
    records = [record(number % 300) for number in range(400)]
    train, validation, held_out = keys(split_in_three(records, 0.1, 0.05))
    assert not train & validation
    assert not train & held_out
    assert not validation & held_out
    assert len(train | validation | held_out) == 300
    assert 15 <= len(held_out) <= 50
    assert 5 <= len(validation) <= 30


def test_a_record_stays_held_out_when_the_data_grows() -> None:
    small = split_in_three([record(number) for number in range(200)], 0.1, 0.05)
    large = split_in_three([record(number) for number in range(400)], 0.1, 0.05)
    assert set(small.held_out) <= set(large.held_out)


def test_two_reports_are_enough_and_the_card_can_say_that_there_was_no_third_part() -> None:
    parts = split_in_three([record(1), record(2)], 0.1, 0.05)
    assert len(parts.train) == len(parts.held_out) == 1
    assert parts.held_out_was_chosen_by
    assert len(parts.records) == 2


def test_one_report_is_not_enough() -> None:
    with pytest.raises(DatasetError, match="only one distinct report"):
        split_in_three([record(1), record(1)], 0.1, 0.05)


def options(dataset: Path, eval_dataset: Path | None) -> TrainingOptions:
    return TrainingOptions(
        dataset=dataset,
        eval_dataset=eval_dataset,
        model="unused",
        output=Path("unused"),
        runs_folder=dataset.parent / "runs",
    )


def test_what_an_own_held_out_file_holds_is_not_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = write(tmp_path / "train.jsonl", range(60))
    held_out = write(tmp_path / "held_out.jsonl", range(50, 70))
    parts = read_parts(options(dataset, held_out))
    train, validation, judged = keys(parts)
    assert len(judged) == 20
    assert not judged & (train | validation)
    assert len(train | validation) == 50
    assert "10 records are left out" in capsys.readouterr().out


def test_the_same_file_twice_leaves_nothing_to_train_on(tmp_path: Path) -> None:
    dataset = write(tmp_path / "train.jsonl", range(10))
    with pytest.raises(DatasetError, match="nothing is left to train on"):
        read_parts(options(dataset, dataset))


def test_a_first_try_takes_some_of_each_file(tmp_path: Path) -> None:
    dataset = write(tmp_path / "train.jsonl", range(60))
    held_out = write(tmp_path / "held_out.jsonl", range(100, 140))
    some = options(dataset, held_out).model_copy(update={"max_records": 20})
    parts = read_parts(some)
    assert len(parts.train) + len(parts.validation) == 20
    assert len(parts.held_out) == 20
    assert read_parts(some) == parts
    split_by_itself = read_parts(some.model_copy(update={"eval_dataset": None}))
    assert len(split_by_itself.train) < 20


def test_bad_lines_over_the_share_stop_the_run(tmp_path: Path) -> None:
    dataset = write(tmp_path / "train.jsonl", range(18))
    with dataset.open("a") as file:
        file.write(json.dumps({"input": {}, "output": {}}) + "\n")
        file.write("no json\n")
    with pytest.raises(DatasetError, match="18 of 20 lines are usable, 2 are bad"):
        read_parts(options(dataset, None))


def test_every_bad_line_is_kept_with_its_number_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = write(tmp_path / "train.jsonl", range(30))
    with dataset.open("a") as file:
        file.writelines(f"no json {number}\n" for number in range(15))
    given = options(dataset, None).model_copy(update={"max_bad_share": 0.4})
    assert len(read_parts(given).records) == 30
    rejects = given.runs_folder / "rejects" / "dataset" / "train.jsonl"
    assert rejects.read_text().splitlines() == [f"no json {number}" for number in range(15)]
    reasons = rejects.with_name("train.jsonl.reasons.txt")
    numbers = [
        f"line {number}:" in line
        for number, line in enumerate(reasons.read_text().splitlines(), start=31)
    ]
    assert numbers == [True] * 15
    assert f"Every bad line is in {rejects}" in capsys.readouterr().out
