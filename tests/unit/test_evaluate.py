"""The evaluation command: what it prints, what it writes, and what it refuses."""

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

from schemas.manifest import ModelKind, ModelManifest
from schemas.summary import FieldName
from summarizer.folder import load_engine, write_manifest
from summarizer.linear import Precision
from tests.records import read_file
from tests.tiny_models import REPORT_TEXTS, make_t5
from training.evaluate import main
from training.evaluation import answers
from training.evaluation.evaluation import Evaluation, category_counts, majority_of
from training.evaluation.metrics import Metrics

SCRIPT = "<script>alert('x')</script>"


def line(number: int, text: str) -> str:
    return json.dumps(
        {
            "id": f"r{number}",
            "input": {"description": f"{text} {SCRIPT}"},
            "output": {
                "environment": "Not stated",
                "actualBehavior": text,
                "expectedBehavior": "Not stated",
                "bugCategory": "crash" if number % 3 else "ui",
                "suggestedSolution": SCRIPT,
            },
        }
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "records.jsonl"
    path.write_text("".join(f"{line(at, text)}\n" for at, text in enumerate(REPORT_TEXTS)))
    return path


def folder_of(parent: Path, seed: int) -> Path:
    made = make_t5(parent / f"model{seed}", gated=True, tied=False, seed=seed)
    manifest = ModelManifest(
        kind=ModelKind.ABSTRACTIVE,
        name=f"tiny{seed}",
        version="1",
        base_model="random",
        categories=["crash", "ui"],
        max_target_tokens=8,
    )
    write_manifest(made, manifest)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("evaluated"), 0)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("against"), 1)


def test_two_models_are_evaluated_in_the_precision_that_is_told_and_compared(
    folder: Path,
    other: Path,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    loaded: list[tuple[Path, int, Precision]] = []

    def noted(
        path: Path, engine: str, device: str, threads: int, *, precision: Precision, limits: object
    ) -> object:
        loaded.append((path, threads, precision))
        return load_engine(path, engine, device, threads, precision=precision)

    monkeypatch.setattr(answers, "load_engine", noted)
    told = ["--model", str(folder), "--dataset", str(dataset), "--no-cuda", "--threads", "1"]
    wrote = ["--json", str(tmp_path / "new" / "all.json"), "--html", str(tmp_path / "page.html")]
    assert main([*told, "--against", str(other), "--precision", "float32", *wrote]) == 0
    assert loaded == [(folder, 1, "float32"), (other, 1, "float32")]

    said = capsys.readouterr().out
    for part in ("keyword rules", "macro-F1", "annotated \\ answered", "ECE", "at 0.9"):
        assert part in said
    assert f"A: tiny0 1 in {folder}\nB: tiny1 1 in {other}" in said
    assert re.search(r"Of 11 reports A answers \d+ better than B, \d+ worse and \d+ alike\.", said)
    check_json(tmp_path / "new" / "all.json")
    check_page(tmp_path / "page.html")


def check_json(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    evaluation = Evaluation.model_validate(content["evaluation"])
    assert (evaluation.model, evaluation.metrics.count) == ("tiny0 1", 11)
    assert list(evaluation.baselines) == ["first sentence", "keyword rules"]
    for baseline in evaluation.baselines.values():
        assert {found.calibration for found in baseline.fields.values()} == {None}
    assert content["comparison"]["theirs"].startswith("tiny1 1 in ")
    assert [one["report"] for one in content["reports"]] == [f"r{at}" for at in range(11)]
    right = [one["scores"]["actualBehavior"]["right"] for one in content["reports"]]
    figures = evaluation.metrics.fields[FieldName.ACTUAL_BEHAVIOR]
    assert figures.right_overall == pytest.approx(sum(right) / 11)


def check_page(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.findall(r'(?:href|src)="(?!#)', page)
    assert page.count("<svg") == 1
    for part in ("Against tiny1 1", "Category", "Confidences", "Model minus baselines"):
        assert part in page


def test_a_precision_that_the_device_does_not_have_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", str(folder), "--dataset", str(tmp_path / "none.jsonl"), "--no-cuda"]
    with pytest.raises(SystemExit) as exit_:
        main([*arguments, "--precision", "bfloat16"])
    assert exit_.value.code == 2
    assert "set precision to int8, float32 or auto" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["model", "dataset", "against"])
def test_what_is_not_there_is_named(
    missing: str,
    folder: Path,
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = {"model": folder, "dataset": dataset, missing: tmp_path / "nothing"}
    arguments = [part for name, path in paths.items() for part in (f"--{name}", str(path))]
    assert main([*arguments, "--no-cuda", "--threads", "1"]) == 2
    assert str(tmp_path / "nothing") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--json", "{folder}", "is a folder; give the name of a file"),
        ("--html", "{file}/page.html", "cannot be made"),
        ("--threads", "0", "must be at least 1"),
    ],
)
def test_what_would_fail_at_the_end_is_refused_at_the_beginning(
    option: str,
    value: str,
    words: str,
    folder: Path,
    dataset: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(answers, "load_engine", None)
    told = ["--model", str(folder), "--dataset", str(dataset), "--no-cuda"]
    with pytest.raises(SystemExit) as exit_:
        main([*told, option, value.format(folder=folder, file=dataset)])
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err


def test_the_model_to_compare_with_is_looked_for_before_any_answers(
    folder: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "load_engine", None)
    told = ["--model", str(folder), "--against", str(tmp_path), "--dataset", str(dataset)]
    assert main([*told, "--no-cuda", "--threads", "1"]) == 2


def test_the_majority_is_the_commonest_category_and_of_equals_the_first(dataset: Path) -> None:
    counts = category_counts(read_file(dataset).records)
    assert counts == {"crash": 7, "ui": 4}
    assert majority_of(counts) == "crash"
    counts["ui"] = 7
    counts["build"] = 7
    assert majority_of(counts) == "build"


def test_figures_of_an_older_manifest_are_still_read() -> None:
    old = {
        "count": 1,
        "fields": {
            "actualBehavior": {
                "stated": 1, "right": 1.0, "exactMatch": 1.0, "rouge1": 1.0, "rouge2": 1.0,
                "rougeL": 1.0, "rightOverall": 1.0, "exactMatchOverall": 1.0, "rougeLOverall": 1.0,
                "notStated": {
                    "annotated": 0, "predicted": 0, "precision": None, "recall": None, "f1": None,
                },
            }
        },
        "category": {"accuracy": 1.0, "macroF1": 1.0, "f1": {"ui": 1.0}, "counts": {"ui": 1}},
    }  # fmt: skip
    found = Metrics.model_validate(old).fields[FieldName.ACTUAL_BEHAVIOR]
    assert (found.token_f1, found.calibration, found.intervals) == (None, None, {})


def test_the_records_come_from_whatever_training_reads(
    folder: Path, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = dataset.read_text().splitlines()
    for at, text in enumerate(lines[:3]):
        (tmp_path / f"part-{at}.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    whole = tmp_path / "whole.json"
    arguments = ["--model", str(folder), "--no-cuda", "--json", str(whole)]
    assert main([*arguments, "--dataset", str(tmp_path / "part-*.jsonl.gz")]) == 0
    reports = json.loads(whole.read_text())["reports"]
    assert [one["report"] for one in reports] == ["r0", "r1", "r2"]
    assert "part-2.jsonl.gz: 1 of 1 lines are usable" in capsys.readouterr().err


def test_what_is_read_is_not_written_over(
    folder: Path, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = dataset.read_bytes()
    told = ["--model", str(folder), "--dataset", str(dataset), "--no-cuda"]
    assert main([*told, "--json", str(dataset)]) == 2
    assert f"{dataset} is read: name another file to write to" in capsys.readouterr().err
    assert dataset.read_bytes() == before
    with pytest.raises(SystemExit):
        main([*told, "--json", "same.out", "--html", "same.out"])
    assert "--json and --html name the same file" in capsys.readouterr().err


def test_a_model_that_cannot_be_compared_with_is_said_at_the_beginning(
    folder: Path, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "summarizer.json").write_text("{")
    told = ["--model", str(folder), "--dataset", str(dataset), "--no-cuda"]
    assert main([*told, "--against", str(broken)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert str(broken) in said.err


def test_a_file_that_cannot_be_written_is_said_before_the_evaluation(
    folder: Path, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = tmp_path / ("x" * 300)
    with pytest.raises(SystemExit):
        main(["--model", str(folder), "--dataset", str(dataset), "--json", str(name)])
    assert "cannot be written: File name too long" in capsys.readouterr().err


def test_a_token_in_the_place_of_its_variable_is_refused_and_not_repeated(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--dataset", "http://127.0.0.1:9/x.jsonl", "--dataset-token-variable", "s3cr3t"]
    assert main(["--model", str(folder), *source]) == 2
    error = capsys.readouterr().err
    assert "--dataset-token-variable" in error
    assert "s3cr3t" not in error
