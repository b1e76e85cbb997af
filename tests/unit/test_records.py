"""Reading training records: bad lines are reported and the good ones are used."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from schemas.report import MAX_DESCRIPTION_CHARS
from tests.records import read_file
from training.data.bad_lines import BadLine, Reason
from training.data.lines import MAX_LINE_BYTES
from training.data.records import (
    FileReport,
    GoodLine,
    Scan,
    format_report,
    require_usable,
)
from training.data.rejects import Rejects
from training.data.sources import SourceFile

SECRET = "hunter2"


def record(**changes: Any) -> dict[str, Any]:
    return {
        "input": {"description": f"The {SECRET} page stays blank."},
        "output": {
            "environment": None,
            "actualBehavior": f"The {SECRET} page stays blank.",
            "expectedBehavior": "",
            "bugCategory": "ui",
            "suggestedSolution": "Not stated",
        },
        **changes,
    }


def line(**changes: Any) -> bytes:
    return json.dumps(record(**changes)).encode()


def output(**changes: Any) -> dict[str, Any]:
    return {**record()["output"], **changes}


def write(folder: Path, *lines: bytes, ending: bytes = b"\n") -> Path:
    path = folder / "annotated.jsonl"
    path.write_bytes(b"".join(one + ending for one in lines))
    return path


def scan(*paths: Path) -> tuple[list[TrainingRecord], list[BadLine], list[FileReport]]:
    scanned = Scan([SourceFile(path, str(path)) for path in paths])
    found = [one for _, one in scanned.lines()]
    good = [one.record for one in found if isinstance(one, GoodLine)]
    return good, [one for one in found if isinstance(one, BadLine)], scanned.reports


def only_bad_line(folder: Path, raw: bytes) -> BadLine:
    records, (bad,), _ = scan(write(folder, line(), raw))
    assert len(records) == 1
    assert bad.line_number == 2
    return bad


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(line() + b"\n" + line(id="b") + b"\n", id="plain"),
        pytest.param(line() + b"\n" + line(id="b"), id="no-last-line-end"),
        pytest.param(b"\xef\xbb\xbf" + line() + b"\n" + line(id="b"), id="bom"),
        pytest.param(line() + b"\r\n\r\n  \r\n" + line(id="b") + b"\r\n", id="crlf-and-blanks"),
        pytest.param(gzip.compress(line() + b"\n" + line(id="b")), id="gzip"),
        pytest.param(gzip.compress(b"\xef\xbb\xbf" + line() + b"\n" + line(id="b")), id="gzip-bom"),
        pytest.param(
            gzip.compress(gzip.compress(line() + b"\n" + line(id="b"))), id="gzip-sent-as-gzip"
        ),
    ],
)
def test_good_lines_become_records(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "annotated.jsonl"
    path.write_bytes(content)
    records, (report,) = read_file(path, max_bad_share=0)
    assert [found.id for found in records] == [None, "b"]
    assert records[0].output.expected_behavior == "Not stated"
    assert (report.bad, report.line_count) == (0, 2)


@pytest.mark.parametrize(
    ("raw", "path", "reason", "words"),
    [
        pytest.param(b'{"input": ', "$", Reason.NOT_JSON, "at column", id="not-json"),
        pytest.param(b"1", "$", Reason.NOT_AN_OBJECT, "one per line", id="number"),
        pytest.param(b"[{}, {}]", "$", Reason.NOT_AN_OBJECT, "jq -c '.[]' FILE", id="array"),
        pytest.param(b"[", "$", Reason.NOT_AN_OBJECT, "jq -c '.[]' FILE", id="first-of-an-array"),
        pytest.param(b'{"a": "\xff"}', "$", Reason.INVALID_UTF8, "at byte 8", id="invalid-utf8"),
        pytest.param(
            b'{"input": {"description": "\\ud800"}}', "$", Reason.NOT_JSON, "", id="lone-surrogate"
        ),
        pytest.param(
            json.dumps({"input": {"description": SECRET}}).encode(),
            "output",
            Reason.MISSING_FIELD,
            "add it",
            id="no-output",
        ),
        pytest.param(
            line(input={"description": "x" + SECRET * MAX_DESCRIPTION_CHARS}),
            "input.description",
            Reason.OVER_A_LIMIT,
            f"at most {MAX_DESCRIPTION_CHARS}",
            id="too-long",
        ),
        pytest.param(
            line(input={"description": SECRET, "env": {"os": [SECRET]}}),
            "input.env.os",
            Reason.WRONG_TYPE,
            "string",
            id="wrong-type",
        ),
        pytest.param(line(input=SECRET), "input", Reason.WRONG_TYPE, "object", id="no-object"),
        pytest.param(
            line(output=output(severity=SECRET)),
            "output.severity",
            Reason.UNKNOWN_FIELD,
            "spelling",
            id="unknown-field",
        ),
        pytest.param(line(id=" "), "id", Reason.BAD_VALUE, "blank", id="blank-id"),
        pytest.param(
            line(input={"description": " "}), "input", Reason.EMPTY_REPORT, "give", id="empty"
        ),
        pytest.param(
            line(output=output(actualBehavior=" ", bugCategory=None)),
            "output",
            Reason.NOTHING_STATED,
            "at least one",
            id="nothing-stated",
        ),
    ],
)
def test_a_bad_line_is_reported_without_its_text(
    tmp_path: Path, raw: bytes, path: str, reason: Reason, words: str
) -> None:
    bad = only_bad_line(tmp_path, raw)
    assert (bad.path, bad.reason) == (path, reason)
    assert words in bad.fix
    assert SECRET not in str(bad) + repr(bad)


def test_every_fault_of_a_line_is_told_at_once(tmp_path: Path) -> None:
    said = output(actualBehaviour=SECRET)
    del said["actualBehavior"]
    bad = only_bad_line(tmp_path, line(output=said))
    assert [(fault.path, fault.reason) for fault in bad.faults] == [
        ("output.actualBehavior", Reason.MISSING_FIELD),
        ("output.actualBehaviour", Reason.UNKNOWN_FIELD),
    ]
    assert '"Not stated"' in bad.fix


def test_an_id_stands_for_one_content(tmp_path: Path) -> None:
    path = write(
        tmp_path, line(id="a"), line(id="a"), line(id="a", output=output(bugCategory="crash"))
    )
    records, (bad,), (report,) = scan(path)
    assert (len(records), report.repeated, report.line_count) == (1, 1, 3)
    assert (bad.line_number, bad.path, bad.reason) == (3, "id", Reason.ID_USED_TWICE)
    assert "line 1" in bad.fix


def test_line_numbers_count_blank_lines(tmp_path: Path) -> None:
    _, (bad,), _ = scan(write(tmp_path, line(), b"", b"", b"{"))
    assert bad.line_number == 4


def test_an_id_stands_for_one_content_in_all_files(tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_bytes(line() + b"\n" + line(id="a"))
    second.write_bytes(line(id="a", output=output(bugCategory="crash")))
    _, (bad,), reports = scan(first, second)
    assert [report.bad for report in reports] == [0, 1]
    assert f"is the id of line 2 of {first}" in bad.fix


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85"], ids=lambda odd: f"U+{ord(odd):04X}")
def test_only_a_line_feed_ends_a_line(tmp_path: Path, odd: str) -> None:
    text = json.dumps(record(id="a"), ensure_ascii=False).replace("stays", f"stays{odd}")
    records, bad, _ = scan(write(tmp_path, text.encode(), line()))
    assert (len(records), bad) == (2, [])
    assert odd in str(records[0].input.description)


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    path = write(tmp_path, line(), b" " + b"x" * (2 * MAX_LINE_BYTES + 100), line(id="b"))
    records, (bad,), _ = scan(path)
    assert [found.id for found in records] == [None, "b"]
    assert (bad.line_number, bad.reason, bad.raw) == (2, Reason.OVER_A_LIMIT, b"")
    assert "one object per line" in bad.fix


def test_the_allowed_share_is_allowed_and_no_more(tmp_path: Path) -> None:
    path = write(tmp_path, *[line()] * 19, b"{")
    assert len(read_file(path, max_bad_share=0.05).records) == 19
    with pytest.raises(DatasetError) as caught:
        read_file(path, max_bad_share=0.04)
    assert "More than 4.0% of the lines are bad" in caught.value.detail
    assert "1  not JSON" in caught.value.detail
    assert "line 20: not JSON: EOF" in caught.value.detail
    assert caught.value.status == 422


def test_a_file_without_a_good_line_is_never_usable(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="No line is usable"):
        read_file(write(tmp_path, b"{"), max_bad_share=1)


@pytest.mark.parametrize(
    "content", [pytest.param(b"", id="no-bytes"), pytest.param(b"\n \n", id="blank-lines")]
)
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "annotated.jsonl"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"annotated\.jsonl is empty"):
        read_file(path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Cannot read .*gone\.jsonl: No such file"):
        read_file(tmp_path / "gone.jsonl")
    with pytest.raises(DatasetError, match=r"Cannot read .*: Is a directory"):
        read_file(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(line() * 50)[:-20], id="cut-short"),
        pytest.param(b"\x1f\x8b" + b"x" * 50, id="no-gzip"),
        pytest.param(gzip.compress(line())[:12] + b"\xff" * 50, id="corrupted"),
    ],
)
def test_a_damaged_gzip_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "annotated.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="damaged gzip"):
        read_file(path)


def test_the_report_counts_by_reason_and_shows_the_first_lines(tmp_path: Path) -> None:
    path = write(tmp_path, line(), line(id="a"), line(id="a"), line(id=""), *[b"{"] * 3)
    _, _, (report,) = scan(path)
    text = format_report(report, shown_lines=2)
    assert text.splitlines() == [
        f"{path}: 2 of 7 lines are usable, 1 repeat an earlier line, 4 are bad (57.1%)",
        "       3  not JSON",
        "       1  bad value",
        "  line 4: bad value: id must have at least 1 character(s)",
        "  line 5: not JSON: EOF while parsing an object at column 1; write one object per line",
        "  ... and 2 more bad lines",
    ]


def test_rejects_are_written_as_they_were_beside_their_reasons(tmp_path: Path) -> None:
    bad_lines = [b'{"a": "\xff"}', b"{ ", line(id=" ")]
    path = write(tmp_path, line(), *bad_lines, ending=b"\r\n")
    _, bad, _ = scan(path)
    assert list(tmp_path.iterdir()) == [path]

    with Rejects(tmp_path / "run" / "rejects.jsonl") as rejects:
        for each in bad:
            rejects.add(each)
    assert rejects.path.read_bytes().splitlines() == bad_lines
    assert [row.split(":")[0] for row in rejects.reasons_path.read_text().splitlines()] == [
        "line 2",
        "line 3",
        "line 4",
    ]

    repaired = rejects.path.read_bytes().replace(b'"id": " "', b'"id": "mended"')
    rejects.path.write_bytes(repaired)
    assert [found.id for found in scan(rejects.path)[0]] == ["mended"]


def test_without_bad_lines_there_are_no_rejects(tmp_path: Path) -> None:
    with Rejects(tmp_path / "run" / "rejects.jsonl") as rejects:
        pass
    assert rejects.count == 0
    assert list(tmp_path.iterdir()) == []


def test_a_share_that_is_just_reached_is_allowed() -> None:
    # 0.29 * 100 is a little less than 29 in floats.
    report = FileReport("x", usable=71, reasons=Counter({Reason.NOT_JSON: 29}))
    require_usable([report], max_bad_share=0.29)


def test_a_scan_may_be_used_where_its_share_is_fine(tmp_path: Path) -> None:
    _, _, reports = scan(write(tmp_path, line(), b"{"))
    require_usable(reports, max_bad_share=0.5)
    assert reports[0].bad_share == 0.5
