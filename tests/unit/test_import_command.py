"""`train.py import`: from an export to a file that can be trained on."""

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from schemas.record import TrainingRecord
from tests.exports import EXPORTS
from tests.project import ROOT
from tests.records import read_file
from training.data.bad_lines import Reason
from training.importers.command import main
from training.importers.tally import Note, Rejected, Tally


def issue(number: int, **changes: Any) -> dict[str, Any]:
    address = "https://github.com/a/b/issues/1"
    return {"number": number, "title": "Cart is lost", "url": address, **changes}


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("tool", "names", "count"),
    [
        pytest.param("github", ["github.json"], 4, id="github"),
        pytest.param("jira", ["jira.json"], 4, id="jira"),
        pytest.param("bugzilla", ["bugzilla.json", "bugzilla_comments.json"], 3, id="bugzilla"),
        pytest.param(
            "sentry", ["sentry.json", "sentry_api.json", "sentry_legacy.json"], 8, id="sentry"
        ),
    ],
)
def test_an_import_can_be_trained_on_as_it_is(
    tmp_path: Path, tool: str, names: list[str], count: int
) -> None:
    output = tmp_path / "new" / "records.jsonl"
    files = [str(EXPORTS / name) for name in names]
    assert main(["--from", tool, *files, "--output", str(output)]) == 0
    lines = output.read_text(encoding="utf-8").splitlines()
    records = [TrainingRecord.model_validate_json(line) for line in lines]
    assert read_file(output, max_bad_share=0).records == records
    assert len(records) == count
    assert [path.name for path in output.parent.iterdir()] == ["records.jsonl"]


def test_the_counts_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export = write(
        tmp_path / "issues.json",
        [
            issue(1),
            issue(1),
            issue(1, title="secret"),
            issue(2, pull_request={}),
            {"number": 3},
            issue(4),
        ],
    )
    assert main(["--from", "github", str(export), "--output", str(tmp_path / "r.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "secret" not in told
    total = "2 of 6 items became records, 1 repeat an earlier item, 1 are no bug reports"
    twice = "id used twice: id is the id of an earlier item with other content"
    assert told.splitlines() == [
        f"{total}, 2 were rejected",
        "Skipped:",
        "       1  pull request",
        "Rejected:",
        "       1  id used twice",
        "       1  missing field",
        f"    {export} #1: {twice}; leave one of them out",
        f"    {export} #3: missing field: title is missing; add it",
        "Of the records:",
        "       2  no text besides the title",
        "       2  no section tells the actual behaviour: the title stands for it",
        f"All rejected items are in {tmp_path / 'r.jsonl.rejected.txt'}, one a line.",
        f"The records are in {tmp_path / 'r.jsonl'}; their outputs are drafts: look them over.",
    ]


def test_a_bad_line_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export = tmp_path / "issues.jsonl.gz"
    lines = [json.dumps(issue(1)), '{"number": 2', '{"a": 1}', json.dumps(issue(3))]
    export.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert main(["--from", "github", str(export), "--output", str(tmp_path / "r.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "2 of 4 items became records" in told
    assert f"{export} line 2: not JSON: $ is no JSON" in told
    assert f"{export} document 3: bad value: $ found an object with the keys a, expected" in told


def test_several_files_make_one(tmp_path: Path) -> None:
    first = write(tmp_path / "page1.json", [issue(1), issue(2)])
    second = write(tmp_path / "page2.json", [issue(2), issue(3)])
    output = tmp_path / "records.jsonl"
    assert main(["--from", "github", str(first), str(second), "--output", str(output)]) == 0
    ids = [record.id for record in read_file(output).records]
    assert ids == ["github:a/b#1", "github:a/b#2", "github:a/b#3"]


def test_corrections_are_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = write(tmp_path / "issues.json", [issue(1)])
    output = tmp_path / "records.jsonl"
    output.write_text("corrected\n", encoding="utf-8")
    arguments = ["--from", "github", str(export), "--output", str(output)]
    assert main(arguments) == 2
    assert output.read_text(encoding="utf-8") == "corrected\n"
    assert "exists and may hold somebody's corrections" in capsys.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0
    assert "github:a/b#1" in output.read_text(encoding="utf-8")


def test_nothing_is_written_where_a_later_file_is_no_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path / "issues.json", [issue(1)])
    bad = write(tmp_path / "jira.json", {"issues": [{"key": "A-1", "fields": {}}]})
    output = tmp_path / "records.jsonl"
    assert main(["--from", "github", str(good), str(bad), "--output", str(output)]) == 2
    assert f"error: {bad}: found an object with the keys issues, expected GitHub" in (
        capsys.readouterr().err
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["issues.json", "jira.json"]


def test_nothing_is_written_where_no_item_is_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = write(tmp_path / "issues.json", [issue(1, pull_request={})])
    output = tmp_path / "records.jsonl"
    assert main(["--from", "github", str(export), "--output", str(output)]) == 2
    assert "no item became a record" in capsys.readouterr().err
    assert not output.exists()


def test_an_output_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = write(tmp_path / "issues.json", [issue(1)])
    output = export / "records.jsonl"
    assert main(["--from", "github", str(export), "--output", str(output)]) == 2
    assert f"error: Cannot write {output}: " in capsys.readouterr().err


@pytest.mark.parametrize("length", [240, 300], ids=["rejected-items", "records"])
def test_an_output_with_too_long_a_name_is_refused(
    tmp_path: Path, length: int, capsys: pytest.CaptureFixture[str]
) -> None:
    export = write(tmp_path / "issues.json", [issue(1)])
    output = tmp_path / ("x" * length)
    assert main(["--from", "github", str(export), "--output", str(output)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: Cannot write {output}")
    assert told.endswith(": File name too long\n")
    assert list(tmp_path.iterdir()) == [export]


def test_an_output_that_is_a_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = write(tmp_path / "issues.json", [issue(1)])
    arguments = ["--from", "github", str(export), "--output", str(tmp_path), "--overwrite"]
    assert main(arguments) == 2
    assert f"{tmp_path} is a folder; give a file in it" in capsys.readouterr().err


def test_an_import_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    # Who starts the tests in the background has them ignore Ctrl-C.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from training.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["import", "--from", "github", "/dev/stdin", "--output", str(tmp_path / "r.jsonl")]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as importing:
        try:
            deadline = time.monotonic() + 60
            while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
                time.sleep(0.02)
            importing.send_signal(signal.SIGINT)
            assert importing.wait(timeout=30) == 130
        finally:
            importing.kill()
        assert importing.stderr is not None
        told = importing.stderr.read()
    assert told == "Interrupted; nothing was written, start the import again.\n"
    assert list(tmp_path.iterdir()) == []


def test_texts_are_kept_as_they_are_only_when_asked_for(tmp_path: Path) -> None:
    export = write(tmp_path / "issues.json", [issue(1, body="Mail me at jo.doe@corp.example")])
    arguments = ["--from", "github", str(export), "--output"]
    assert main([*arguments, str(tmp_path / "a.jsonl")]) == 0
    assert main([*arguments, str(tmp_path / "b.jsonl"), "--no-scrub"]) == 0
    assert "jo.doe" not in (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    assert "jo.doe" in (tmp_path / "b.jsonl").read_text(encoding="utf-8")


def test_other_types_are_taken_when_asked_for(tmp_path: Path) -> None:
    export = write(tmp_path / "issues.json", [issue(1, labels=["question"])])
    arguments = ["--from", "github", str(export), "--output", str(tmp_path / "r.jsonl")]
    assert main(arguments) == 2
    assert main([*arguments, "--all"]) == 0


def test_every_rejected_item_is_in_a_file_and_few_are_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [{"number": number} for number in range(60)]
    export = write(tmp_path / "issues.json", [issue(100), *bad])
    output = tmp_path / "r.jsonl"
    assert main(["--from", "github", str(export), "--output", str(output)]) == 0
    lines = (tmp_path / "r.jsonl.rejected.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{export} #{n}: missing field: title is missing; add it" for n in range(60)]
    told = capsys.readouterr().out
    assert "... and 40 more\n" in told
    assert f"All rejected items are in {output}.rejected.txt, one a line.\n" in told


def test_the_rejected_items_are_told_where_no_item_is_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = write(tmp_path / "issues.json", [{"number": 3, "title": None}])
    output = tmp_path / "r.jsonl"
    assert main(["--from", "github", str(export), "--output", str(output)]) == 2
    assert f"no item became a record; {output} was not written" in capsys.readouterr().err
    assert "#3: wrong type" in (tmp_path / "r.jsonl.rejected.txt").read_text(encoding="utf-8")
    assert not output.exists()


def test_rejected_items_of_an_earlier_import_do_not_stay(tmp_path: Path) -> None:
    arguments = ["--from", "github", "--output", str(tmp_path / "r.jsonl"), "--overwrite"]
    rejected = tmp_path / "r.jsonl.rejected.txt"
    export = write(tmp_path / "issues.json", [issue(1), {"number": 2, "title": None}])
    assert main([*arguments, str(export)]) == 0
    assert rejected.exists()
    write(export, [issue(1)])
    assert main([*arguments, str(export)]) == 0
    assert not rejected.exists()


def test_a_rejected_item_is_one_line_that_can_be_printed() -> None:
    rejected = Rejected("x.json A\n\ud800\x1b[1m", "$", Reason.BAD_VALUE, "is caf\u00e9")
    told = "x.json A\\n\\ud800\\x1b[1m: bad value: $ is caf\u00e9"
    assert str(rejected) == told


def test_the_report_shows_the_first_rejected_items() -> None:
    tally = Tally(written=1)
    tally.notes[Note.CUT_IMAGES] += 1
    for number in range(23):
        tally.reject(Rejected(f"#{number}", "id", Reason.BAD_VALUE, "is bad"))
    assert tally.report().splitlines() == [
        "1 of 24 items became records, 0 are no bug reports, 23 were rejected",
        "Rejected:",
        "      23  bad value",
        *(f"    #{number}: bad value: id is bad" for number in range(20)),
        "    ... and 3 more",
        "Of the records:",
        "       1  images left out beyond the limit",
    ]


def test_it_runs_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from training.importers.command import main; "
        "print(main(sys.argv[1:]), sorted({'ray', 'torch', 'transformers'} & {*sys.modules}))"
    )
    arguments = ["--from", "jira", str(EXPORTS / "jira.json"), "--output", str(tmp_path / "r")]
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ran.stdout.endswith("0 []\n")


def test_its_help_names_the_tools(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert told.startswith("usage: train.py import")
    assert "{github,jira,bugzilla,sentry}" in told
