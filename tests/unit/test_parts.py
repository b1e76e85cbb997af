"""The three parts of the data, as files that are read one record at a time."""

import json
import random
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from training.data import parts as parts_module
from training.data.checks import languages
from training.data.data_report import DataReport
from training.data.parts import DATA_FOLDER, Parts, load_parts, read_parts
from training.data.record_file import RecordFile
from training.options import DataOptions

WORDS = [f"word{number}" for number in range(500)]


_load_once = cache(languages.load_identifier)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take seconds to draw, which `test_check` looks at; languages take half a second."""
    monkeypatch.setattr(parts_module, "write_data_page", lambda _report, path: path.touch())
    monkeypatch.setattr(languages, "load_identifier", _load_once)


def record(number: int, **changes: Any) -> dict[str, Any]:
    text = " ".join(random.Random(number).sample(WORDS, 20))
    return {
        "input": {"description": f"Report {number} fails: {text}."},
        "output": {
            "environment": None,
            "actualBehavior": f"Report {number} fails.",
            "expectedBehavior": None,
            "bugCategory": "functional",
            "suggestedSolution": None,
        },
        **changes,
    }


def write(path: Path, records: Iterable[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return str(path)


def numbered(path: Path, numbers: range) -> str:
    return write(path, (record(number) for number in numbers))


def read(folder: Path, *dataset: str, **given: Any) -> Parts:
    return read_parts(DataOptions(dataset=dataset, **given), folder / "run")


def report(folder: Path) -> DataReport:
    return DataReport.model_validate_json((folder / "run" / DATA_FOLDER / "check.json").read_text())


def contents(file: RecordFile) -> set[str]:
    return {one.input.description or "" for one in file}


def keys(parts: Parts) -> list[set[str]]:
    return [contents(file) for file in (parts.train, parts.validation, parts.held_out)]


def test_no_report_stands_in_two_parts(tmp_path: Path) -> None:
    dataset = write(tmp_path / "all.jsonl", (record(number % 300) for number in range(400)))
    parts = read(tmp_path, dataset)
    train, validation, held_out = keys(parts)
    assert not train & validation
    assert not train & held_out
    assert not validation & held_out
    assert len(train | validation | held_out) == 300
    assert len(parts.train) + len(parts.validation) + len(parts.held_out) == 400
    assert 15 <= len(held_out) <= 50
    assert 5 <= len(validation) <= 30
    assert not parts.held_out_was_chosen_by


def test_the_parts_are_files_of_the_records_in_their_order(tmp_path: Path) -> None:
    parts = read(tmp_path, numbered(tmp_path / "all.jsonl", range(60)))
    numbers = [int((one.input.description or "").split()[1]) for one in parts.train]
    assert numbers == sorted(numbers)
    assert parts.train.path == (tmp_path / "run" / "data" / "train.jsonl").resolve()
    lines = parts.train.path.read_bytes().splitlines()
    assert [TrainingRecord.model_validate_json(line) for line in lines] == list(parts.train)
    assert parts.train.categories == {"functional": len(lines)}
    assert parts.train.majority_category == "functional"
    assert not [path for path in parts.train.path.parent.iterdir() if path.suffix == ".part"]


def test_a_record_stays_held_out_when_the_data_grows(tmp_path: Path) -> None:
    small = read(tmp_path, numbered(tmp_path / "small.jsonl", range(200)))
    before = contents(small.held_out)
    more = numbered(tmp_path / "more.jsonl", range(200, 400))
    large = read(tmp_path, more, str(tmp_path / "small.jsonl"))
    assert before < contents(large.held_out)


def test_the_order_of_the_records_changes_no_part_and_no_hash(tmp_path: Path) -> None:
    records = [record(number) for number in range(100)]
    parts = read(tmp_path, write(tmp_path / "all.jsonl", records))
    before = (keys(parts), parts.data_hash)
    random.Random(1).shuffle(records)
    again = read(tmp_path, write(tmp_path / "all.jsonl", records))
    assert (keys(again), again.data_hash) == before
    fewer = read(tmp_path, write(tmp_path / "all.jsonl", records[1:]))
    assert fewer.data_hash != parts.data_hash


def test_two_reports_are_enough_and_the_card_can_say_that_there_was_no_third_part(
    tmp_path: Path,
) -> None:
    parts = read(tmp_path, numbered(tmp_path / "two.jsonl", range(2)))
    assert len(parts.train) == len(parts.held_out) == 1
    assert parts.held_out_was_chosen_by


def test_parts_are_found_again_where_their_folder_went(tmp_path: Path) -> None:
    parts = read(tmp_path, numbered(tmp_path / "all.jsonl", range(60)))
    before = keys(parts)
    (tmp_path / "run").rename(tmp_path / "moved")
    again = load_parts(tmp_path / "moved")
    assert (keys(again), again.data_hash) == (before, parts.data_hash)
    with pytest.raises(DatasetError, match="holds no data"):
        load_parts(tmp_path / "run")


def test_what_an_own_held_out_file_holds_is_not_trained_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(60))
    own = numbered(tmp_path / "held_out.jsonl", range(50, 70))
    parts = read(tmp_path, dataset, eval_dataset=(own,))
    train, validation, judged = keys(parts)
    assert len(judged) == 20
    assert not judged & (train | validation)
    assert len(train | validation) == 50
    (finding,) = (one for one in report(tmp_path).findings if one.kind == "held out as well")
    assert (finding.count, finding.places[0].line) == (10, 51)
    assert "10  records left out: they stand in --eval-dataset as well" in capsys.readouterr().out


def test_the_same_file_twice_leaves_nothing_to_train_on(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(10))
    again = numbered(tmp_path / "again.jsonl", range(10))
    with pytest.raises(DatasetError, match="nothing is left to train on"):
        read(tmp_path, dataset, eval_dataset=(again,))


def test_a_first_try_takes_some_of_each_file(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(60))
    own = numbered(tmp_path / "held_out.jsonl", range(100, 140))
    parts = read(tmp_path, dataset, eval_dataset=(own,), max_records=20)
    assert len(parts.train) + len(parts.validation) == 20
    assert len(parts.held_out) == 20
    before = keys(parts)
    assert keys(read(tmp_path, dataset, eval_dataset=(own,), max_records=20)) == before
    split_by_itself = read(tmp_path, dataset, max_records=20)
    assert len(split_by_itself.train) < 20
    assert report(tmp_path).parts == {**(report(tmp_path).parts or {}), "not_chosen": 40}


def test_what_is_evaluated_on_is_bounded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = numbered(tmp_path / "all.jsonl", range(300))
    whole = keys(read(tmp_path, dataset))
    parts = read(tmp_path, dataset, max_eval_records=5)
    train, validation, held_out = keys(parts)
    assert (len(validation), len(held_out)) == (5, 5)
    assert train == whole[0]
    assert validation < whole[1]
    assert held_out < whole[2]
    assert "neither trained nor evaluated on" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [False, True], ids=["left out", "kept"])
def test_what_is_nearly_held_out_is_left_out_unless_it_is_to_be_kept(
    kept: bool, tmp_path: Path
) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(40))
    near = record(7)
    near["input"]["description"] = near["input"]["description"].replace("Report 7", "Report 1007")
    own = write(tmp_path / "held_out.jsonl", [record(500), near])
    parts = read(tmp_path, dataset, eval_dataset=(own,), keep_near_duplicates=kept)
    trained = any("Report 7 " in text for text in contents(parts.train))
    assert trained is kept
    (finding,) = (one for one in report(tmp_path).findings if one.kind == "near-duplicate")
    assert (finding.count, finding.places[0].line) == (1, 8)
    assert f"{own} line 2" in finding.places[0].note
    assert ("is not trained on" in finding.what) is not kept


def test_near_duplicates_of_everything_leave_nothing_to_train_on(tmp_path: Path) -> None:
    text = " ".join(WORDS[:60])
    alike = [record(0, input={"description": f"{text} {number}"}) for number in range(8)]
    dataset = write(tmp_path / "alike.jsonl", alike)
    with pytest.raises(DatasetError, match="--keep-near-duplicates"):
        read(tmp_path, dataset)
    assert read(tmp_path, dataset, keep_near_duplicates=True).train.count > 0


def test_bad_lines_over_the_share_stop_the_run_after_the_report(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(18))
    with Path(dataset).open("a") as file:
        file.write(json.dumps({"input": {}, "output": {}}) + "\n")
        file.write("no json\n")
    with pytest.raises(DatasetError, match="18 of 20 lines are usable, 2 are bad"):
        read(tmp_path, dataset)
    data = tmp_path / "run" / DATA_FOLDER
    assert sorted(path.name for path in data.iterdir()) == ["check.html", "check.json", "rejects"]
    assert report(tmp_path).parts is None
    assert report(tmp_path).files[0].reasons == {"empty report": 1, "not JSON": 1}


def test_every_bad_line_is_kept_with_its_number_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(30))
    with Path(dataset).open("a") as file:
        file.writelines(f"no json {number}\n" for number in range(15))
    read(tmp_path, dataset, max_bad_share=0.4)
    rejects = tmp_path / "run" / DATA_FOLDER / "rejects" / "dataset" / "train.jsonl"
    assert rejects.read_text().splitlines() == [f"no json {number}" for number in range(15)]
    reasons = rejects.with_name("train.jsonl.reasons.txt")
    numbers = [
        f"line {number}:" in line
        for number, line in enumerate(reasons.read_text().splitlines(), start=31)
    ]
    assert numbers == [True] * 15
    assert f"Every bad line of {dataset} is in {rejects}" in capsys.readouterr().out


def test_repaired_rejects_are_read_beside_the_rest(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(30))
    with Path(dataset).open("a") as file:
        file.write(json.dumps(record(30)).replace('"output"', '"outptu"') + "\n")
    before = len(read(tmp_path, dataset).train)
    rejects = tmp_path / "run" / DATA_FOLDER / "rejects" / "dataset" / "train.jsonl"
    rejects.write_text(rejects.read_text().replace("outptu", "output"))
    with pytest.raises(DatasetError, match="lies where the results go"):
        read(tmp_path, dataset, str(rejects))
    repaired = rejects.rename(tmp_path / "repaired.jsonl")
    parts = read(tmp_path, dataset, str(repaired))
    assert sum(map(len, keys(parts))) == 31
    assert len(parts.train) in {before, before + 1}


def test_rejects_that_were_repaired_are_not_overwritten(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(30))
    with Path(dataset).open("a") as file:
        file.write("no json\n")
    read(tmp_path, dataset)
    read(tmp_path, dataset)
    rejects = tmp_path / "run" / DATA_FOLDER / "rejects" / "dataset" / "train.jsonl"
    rejects.write_text(json.dumps(record(30)) + "\n")
    with pytest.raises(DatasetError, match="was repaired and would be lost"):
        read(tmp_path, dataset)
    assert json.loads(rejects.read_text()) == record(30)


def test_what_is_said_after_too_many_bad_lines_leads_to_data_that_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(29))
    with Path(dataset).open("a") as file:
        file.writelines("no json\n" for _ in range(11))
    with pytest.raises(DatasetError, match="More than"):
        read(tmp_path, dataset)
    share = float(capsys.readouterr().out.split("--max-bad-share ")[1].split()[0])
    rejects = tmp_path / "run" / DATA_FOLDER / "rejects" / "dataset" / "train.jsonl"
    repaired = rejects.rename(tmp_path / "repaired.jsonl")
    numbered(repaired, range(29, 40))
    assert share == 0.22
    assert sum(map(len, keys(read(tmp_path, dataset, str(repaired), max_bad_share=share)))) == 40


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(30))
    (tmp_path / "run").write_text("mine")
    with pytest.raises(DatasetError, match="cannot be made: Not a directory; give another"):
        read(tmp_path, dataset)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    dataset = numbered(tmp_path / "train.jsonl", range(30))
    precious = tmp_path / "run" / DATA_FOLDER / "held_out.jsonl"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    with pytest.raises(DatasetError, match="holds other files"):
        read(tmp_path, dataset)
    assert precious.read_text() == "mine"


def test_files_of_the_same_name_have_rejects_of_their_own(tmp_path: Path) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        paths.append(numbered(tmp_path / folder / "x.jsonl", range(30)))
        with Path(paths[-1]).open("a") as file:
            file.write(f"{folder}\n")
    read(tmp_path, *paths, max_bad_share=0.1)
    rejects = tmp_path / "run" / DATA_FOLDER / "rejects" / "dataset"
    assert (rejects / "1-x.jsonl").read_text() == "a\n"
    assert (rejects / "2-x.jsonl").read_text() == "b\n"


def test_of_many_files_those_with_bad_lines_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(25):
        path = tmp_path / f"part-{number:02}.jsonl"
        numbered(path, range(4 * number, 4 * number + 4))
    with path.open("a") as file:
        file.write("no json\n")
    parts = read(tmp_path, str(tmp_path / "part-*.jsonl"))
    assert sum(map(len, keys(parts))) == 100
    out = capsys.readouterr().out
    assert "25 files: 100 of 101 lines are usable; 1 have bad lines" in out
    assert f"{path}: 4 of 5 lines are usable" in out
    assert "part-03.jsonl:" not in out
