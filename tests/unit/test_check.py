"""`train.py check`: what is printed and written, and the exit status."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.project import ROOT
from training import check
from training.cli import main
from training.data import parts

WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
]
SECRET = "hunter2"


def record(number: int, **output: Any) -> dict[str, Any]:
    told = f"The {SECRET} page {number} of {WORDS[number % 12]} stays blank."
    fields = {
        "environment": None,
        "actualBehavior": told,
        "expectedBehavior": None,
        "bugCategory": "crash",
        "suggestedSolution": None,
    }
    return {"input": {"description": told}, "output": {**fields, **output}}


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    path.write_text(
        "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    )
    return path


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """The exit status, what was printed, and the folder, of data with something of everything."""
    folder = tmp_path_factory.mktemp("checked")
    lines = [record(number) for number in range(40)]
    lines[3] = record(3, bugCategory="Crash")
    lines[5] = record(5, expectedBehavior="Expected result: it is shown.")
    lines[5]["input"]["description"] += "\nExpected result: it is shown."
    lines[7] = record(7, actualBehavior=None)
    lines[9] = record(9, expectedBehavior="n/a")
    lines[11]["input"]["description"] += " very long" * 600
    dataset = write(folder / "annotated.jsonl", *lines, record(2), record(4, bugCategory="ui"), "{")
    arguments = ["check", "--dataset", str(dataset), "--output", str(folder / "out")]
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(map(str, words))))
        status = main(arguments)
    return status, "\n".join(said), folder / "out" / "data"


def test_usable_data_ends_well_and_is_split(checked: tuple[int, str, Path]) -> None:
    status, printed, data = checked
    assert status == 0
    assert "42 of 43 lines are usable, 1 are bad (2.3%)" in printed
    assert "line 43: not JSON" in printed
    assert f"The report is in {data / 'check.html'}" in printed
    assert sorted(path.name for path in data.iterdir()) == [
        "check.html",
        "check.json",
        "held_out.jsonl",
        "parts.json",
        "rejects",
        "train.jsonl",
        "validation.jsonl",
    ]


@pytest.mark.parametrize(
    ("kind", "line", "path"),
    [
        ("category spelling", 4, "output.bugCategory"),
        ("template heading", 6, "output.expectedBehavior"),
        ("only a category", 8, "output"),
        ("not stated in other words", 10, "output.expectedBehavior"),
        ("over the token budget", 12, "input"),
        ("duplicate", 41, "input"),
        ("contradiction", 42, "input"),
    ],
)
def test_each_warning_names_line_field_and_fix(
    kind: str, line: int, path: str, checked: tuple[int, str, Path]
) -> None:
    _, printed, data = checked
    report = json.loads((data / "check.json").read_text())
    (finding,) = (one for one in report["findings"] if one["kind"] == kind)
    assert [(place["line"], place["path"]) for place in finding["places"]] == [(line, path)]
    assert finding["fix"]
    assert f"{finding['what']}. {finding['fix']}" in printed
    page = re.sub(r"\s+", " ", (data / "check.html").read_text())
    assert finding["fix"].split(":")[0].split('"')[0] in page
    assert f'<td class="number">{line}</td><td><code>{path}</code>' in page


def test_the_numbers_are_there_for_programs(checked: tuple[int, str, Path]) -> None:
    report = json.loads((checked[2] / "check.json").read_text())
    assert report["records"] == 42
    assert report["categories"] == {"crash": 40, "Crash": 1, "ui": 1}
    assert report["notStated"]["environment"] == 42
    assert sum(report["tokens"]["counts"]) == 42
    # Of bins, no median can be told.
    assert set(report["tokens"]) == set(report["words"]["environment"]) == {"edges", "counts"}
    assert sum(report["languages"].values()) == 42
    assert sum(report["parts"].values()) == 42
    (file,) = report["files"]
    assert file["firstBad"][0]["line"] == 43
    assert Path(file["rejects"]).read_text() == "{\n"


def test_the_page_is_self_contained_and_shows_no_report(checked: tuple[int, str, Path]) -> None:
    page = (checked[2] / "check.html").read_text()
    assert page.count("<svg") == 5
    assert "<script" not in page
    assert not re.findall(r'(?:href|src)="(?!#)', page)
    for text in (page, checked[1], (checked[2] / "check.json").read_text()):
        assert SECRET not in text


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        pytest.param([record(0), record(1), "{"], "More than 5.0% of the lines are bad", id="bad"),
        pytest.param([record(0)] * 3, "only one distinct report", id="one-report"),
    ],
)
def test_unusable_data_ends_with_2_after_its_report(
    lines: list[Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = write(tmp_path / "annotated.jsonl", *lines)
    folder = tmp_path / "out"
    assert main(["check", "--dataset", str(dataset), "--output", str(folder)]) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert f"The report is in {folder / 'data' / 'check.html'}" in printed.out
    assert (folder / "data" / "check.html").read_text().count("<svg") == 5


def test_what_cannot_be_read_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone.jsonl"
    earlier = tmp_path / "out" / "data" / "check.html"
    earlier.parent.mkdir(parents=True)
    earlier.touch()
    assert main(["check", "--dataset", str(gone), "--output", str(tmp_path / "out")]) == 2
    printed = capsys.readouterr()
    assert f"Cannot read {gone}: No such file" in printed.err
    assert "The report is in" not in printed.out + printed.err


def test_every_bad_line_is_kept_by_the_option_of_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("x", "y", "z"):
        (tmp_path / folder).mkdir()
    good = [record(number) for number in range(40)]
    one = write(tmp_path / "x" / "a.jsonl", *good[:20], "{bad one")
    two = write(tmp_path / "y" / "a.jsonl", *good[20:], "{bad two")
    # As the repaired rejects of an earlier check are called.
    three = write(tmp_path / "z" / "1-a.jsonl", record(50), "{bad three")
    judged = write(tmp_path / "judged.jsonl", record(60), record(61), "{bad four")
    arguments = ["--dataset", str(one), str(two), str(three), "--eval-dataset", str(judged)]
    arguments += ["--max-bad-share", "0.5", "--output", str(tmp_path / "out")]
    assert main(["check", *arguments]) == 0
    rejects = sorted((tmp_path / "out" / "data" / "rejects").rglob("*.jsonl"))
    assert sorted(path.read_text() for path in rejects) == sorted(
        f"{{bad {number}\n" for number in ("one", "two", "three", "four")
    )
    assert capsys.readouterr().out.count("file as well, after --eval-dataset") == 1
    page = (tmp_path / "out" / "data" / "check.html").read_text()
    assert page.count("a further <code>--eval-dataset</code>") == 1
    assert page.count("a further <code>--dataset</code>") == 3


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_seen_enough_loses_nothing(tmp_path: Path, unbuffered: str) -> None:
    dataset = write(tmp_path / "annotated.jsonl", *(record(number) for number in range(40)))
    folder = tmp_path / "out"
    code = "import sys; from training.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "check", "--dataset", str(dataset)]
    with subprocess.Popen(
        [*command, "--output", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == 141
    assert {"check.html", "check.json", "parts.json"} < {
        path.name for path in (folder / "data").iterdir()
    }


def test_an_interruption_ends_with_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parts, "read_parts", interrupted)
    monkeypatch.setattr(check, "BUNDLED_MODEL", tmp_path / "gone")
    assert main(["check", "--dataset", "x", "--output", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_share_that_would_be_ignored_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--dataset", "x", "--eval-dataset", "y", "--held-out-share", "0.5"]
    assert main(["check", *given]) == 2
    assert "--held-out-share: has no use beside --eval-dataset" in capsys.readouterr().err


def test_bad_options_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--dataset", "x", "--max-bad-share", "7"]) == 2
    assert "--max-bad-share: must be less than or equal to 1" in capsys.readouterr().err


def test_a_token_in_the_place_of_its_variable_is_not_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "--dataset", "x", "--dataset-token-variable", "ghp_s3cret"]) == 2
    error = capsys.readouterr().err
    assert "--dataset-token-variable: must be the name of an environment variable" in error
    assert "s3cret" not in error


def test_an_option_that_is_given_again_names_further_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write(tmp_path / "first.jsonl", record(0))
    arguments = ["check", "--dataset", str(first), "--dataset", str(tmp_path / "gone.jsonl")]
    assert main([*arguments, "--dataset", str(first), "--output", str(tmp_path / "out")]) == 2
    assert f"{first} is named twice" in capsys.readouterr().err


def test_a_full_disk_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")

    monkeypatch.setattr(parts, "read_parts", fail)
    monkeypatch.setattr(check, "BUNDLED_MODEL", tmp_path / "gone")
    assert main(["check", "--dataset", "x", "--output", str(tmp_path / "out")]) == 2
    assert "error: No space left on device: somewhere" in capsys.readouterr().err


def test_without_a_model_no_tokens_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "BUNDLED_MODEL", tmp_path / "gone")
    monkeypatch.chdir(tmp_path)
    dataset = write(tmp_path / "annotated.jsonl", *(record(number) for number in range(30)))
    assert main(["check", "--dataset", str(dataset)]) == 0
    assert "No tokens are counted" in capsys.readouterr().out
    (report,) = (tmp_path / "runs").glob("check-annotated-*/data/check.json")
    assert json.loads(report.read_text())["tokens"] is None
