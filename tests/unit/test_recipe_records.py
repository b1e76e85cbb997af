import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.record import TrainingRecord
from training.recipe.build import build, prepare
from training.recipe.duplicates import first_of_each
from training.recipe.records import drafts
from training.recipe.reports import Report, read_reports
from training.recipe.sentences import states_expectation
from training.recipe.solutions import fix_from_commit

TEXT = """While testing the archive I noticed a problem with large files.

h5. Steps to Reproduce:
1. Open the archive
2. Press the extract button

h5. Actual Result:
The progress bar never reaches the end.

It is the same in every folder.

h5. Expected Result:
The progress bar fills up completely.
"""


def _report(key: str = "tidev:AC-1", **changes: Any) -> Report:
    report = Report(key, "tidev/jira-archive", "Apache-2.0", "Progress bar stops", TEXT.strip())
    return replace(report, **changes)


def _many(count: int = 60) -> list[Report]:
    return [_report(f"tidev:AC-{number}", curated=True) for number in range(count)]


def test_the_sections_are_the_answers() -> None:
    for report in _many():
        for draft in drafts(report, held_out=False):
            assert draft.actual == "The progress bar never reaches the end."
            assert draft.expected in ("The progress bar fills up completely.", "")


def test_where_the_expected_part_is_removed_nothing_of_it_is_left() -> None:
    removed = [d for r in _many() for d in drafts(r, held_out=False) if not d.expected]
    assert 10 <= len(removed) <= 40
    for draft in removed:
        assert "fills up" not in draft.description
        assert "xpected" not in draft.description
        assert draft.to_record().output.expected_behavior == "Not stated"


def test_most_inputs_have_no_headings_and_held_out_ones_never() -> None:
    trained = [d for r in _many() for d in drafts(r, held_out=False)]
    headed = [draft for draft in trained if "Actual Result" in draft.description]
    assert 3 <= len(headed) <= 24
    assert not any(draft.gold for draft in headed)
    for draft in (d for r in _many() for d in drafts(r, held_out=True)):
        assert draft.gold
        assert "Actual" not in draft.description
        assert "Expected" not in draft.description


def test_the_text_after_the_first_paragraph_stays_in_the_input() -> None:
    for draft in drafts(_report(), held_out=True):
        assert "It is the same in every folder." in draft.description
        assert "same in every folder" not in draft.actual


def test_the_title_is_given_in_about_half_of_the_inputs() -> None:
    given = [
        draft.description.startswith("Progress bar stops")
        for report in _many(100)
        for draft in drafts(report, held_out=False)
    ]
    assert 30 <= sum(given) <= 70


def test_a_narrative_report_is_answered_by_the_sentence_nearest_to_its_title() -> None:
    report = _report(
        title="Toolbar icons disappear after resizing",
        text="I opened two windows. After resizing a window the toolbar icons disappear. "
        "The icons should stay where they are. We should fix the resize handler.",
    )
    (draft,) = drafts(report, held_out=False)
    assert draft.actual == "After resizing a window the toolbar icons disappear."
    assert draft.expected == "The icons should stay where they are."
    assert draft.category == "ui"


def test_a_question_is_no_behaviour() -> None:
    report = _report(
        title="How can I create switches?", text="How can I create many switches at once in a row?"
    )
    assert drafts(report, held_out=False) == []


def test_the_environment_is_given_told_or_left_out() -> None:
    made = [
        draft
        for report in _many(100)
        for draft in drafts(replace(report, environment="iOS 8.3, SDK 4.1.0"), held_out=False)
    ]
    given = [draft for draft in made if draft.surroundings.env is not None]
    told = [draft for draft in made if "iOS 8.3, SDK 4.1.0" in draft.description]
    assert 30 <= len(given) <= 70
    assert len(told) >= 15
    assert all(draft.surroundings.answer == "OS: iOS 8.3" for draft in given)
    assert all(draft.surroundings.answer == "iOS 8.3, SDK 4.1.0" for draft in told)
    assert all(draft.surroundings.answer == "" for draft in made if draft not in given + told)


def test_a_stack_trace_is_moved_in_about_half_of_the_inputs() -> None:
    trace = (
        'Exception in thread "main" java.lang.IllegalStateException: closed\n'
        "\tat org.example.Archive.read(Archive.java:12)\n"
        "\tat org.example.Main.main(Main.java:3)"
    )
    made = [
        draft
        for report in _many()
        for draft in drafts(replace(report, text=f"{report.text}\n\n{trace}"), held_out=False)
    ]
    moved = [draft for draft in made if draft.stacktrace]
    assert 15 <= len(moved) <= 45
    assert all("Archive.java:12" not in draft.description for draft in moved)
    assert all("Archive.java:12" in draft.description for draft in made if draft not in moved)


def test_a_retelling_is_answered_in_its_own_words() -> None:
    report = _report(
        key="ease:1",
        title="",
        retold="So I had this archive open. The progress bar just never reaches the end, oddly. "
        "I was hoping that the progress bar fills up completely of course.",
    )
    retold = [draft for draft in drafts(report, held_out=False) if "/retold" in draft.record_id]
    assert [draft.actual for draft in retold] == [
        "The progress bar just never reaches the end, oddly."
    ]


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        pytest.param("The dialog should close.", True, id="should"),
        pytest.param("I expected a list of two items.", True, id="expected"),
        pytest.param("We should change the code of the parser.", False, id="proposal"),
        pytest.param("Should I open another ticket?", False, id="question"),
        pytest.param("It crashes when the list is empty.", False, id="failure"),
        pytest.param("It did not return the expected value.", False, id="not-the-expected"),
    ],
)
def test_which_sentences_state_an_expectation(text: str, stated: bool) -> None:
    assert states_expectation(text) is stated


@pytest.mark.parametrize(
    ("message", "title", "fix"),
    [
        pytest.param(
            "[CAMEL-12] Always release the stream after reading the header. Thanks to Jo for it",
            "Too many open files",
            "Always release the stream after reading the header.",
            id="ticket-and-credit",
        ),
        pytest.param("Fixes #12", "Too many open files", "", id="bare-ticket"),
        pytest.param("merged to trunk", "Too many open files", "", id="no-fix"),
        pytest.param(
            "Fix too many open files in the reader", "Too many open files in reader", "", id="title"
        ),
    ],
)
def test_what_a_commit_message_tells_of_the_fix(message: str, title: str, fix: str) -> None:
    assert fix_from_commit(message, title) == fix


def test_nearly_the_same_text_has_one_owner() -> None:
    words = [f"word{number}" for number in range(80)]
    first, near, other = " ".join(words), " ".join([*words, "more"]), "something else entirely here"
    assert first_of_each([first, other, near, first]) == [0, 1, 0, 0]


def test_repeated_and_unreadable_reports_are_left_out() -> None:
    spam = _report("tidev:AC-8", text="the is to " + "call 416-663-1700 now " * 5)
    short = _report("tidev:AC-9", title="", text="broken")
    kept = prepare([_report("tidev:AC-1"), _report("tidev:AC-2"), spam, short])
    assert [report.key for report in kept] == ["tidev:AC-1"]


def _write_sources(folder: Path) -> None:
    topics = ("archive", "printer", "calendar", "browser", "editor", "player", "map", "camera")
    rows: list[dict[str, Any]] = [
        {
            "key": f"AC-{number}",
            "summary": f"The {topics[number % 8]} number {number} stops",
            "description": TEXT.replace("archive", f"{topics[number % 8]} {number} of {number * 7}")
            + " ".join(f"detail{number * place}" for place in range(1, 60)),
            "environment": None,
            "components": [],
            "labels": [],
            "created": "2019-05-01T10:00:00" if number > 50 else "2014-05-01T10:00:00",
            "comments": [{"created": "2014-05-02T10:00:00", "body": "Me too."}],
        }
        for number in range(1, 60)
    ]
    names = (
        "seamonkey_bugs expensify_issues eclipse_reports report_fix_pairs webcompat_issues "
        "casual_pairs sections"
    )
    for name in ["tidev_bugs", *names.split()]:
        lines = [json.dumps(row) for row in rows] if name == "tidev_bugs" else []
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)


def _ids(path: Path) -> set[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {str(TrainingRecord.model_validate_json(line).id) for line in lines}


def test_a_build_is_valid_split_and_the_same_every_time(tmp_path: Path) -> None:
    _write_sources(tmp_path)
    for name in ("one", "two"):
        build(tmp_path, tmp_path / name, sample=20)
    train, held_out = (
        _ids(tmp_path / "one" / f"{name}.jsonl.gz") for name in ("train", "held_out")
    )
    assert len(train) > 30
    assert held_out
    assert not train & held_out
    with (tmp_path / "one" / "sources.csv").open(encoding="utf-8", newline="") as lines:
        sides = {row["id"]: row["side"] for row in csv.DictReader(lines)}
    assert {sides[identity] for identity in train} == {"train"}
    assert {sides[identity] for identity in held_out} == {"random", "time"}
    files = sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(files) == 6
    for path in files:
        assert (
            path.read_bytes()
            == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
        )


def test_reports_come_from_every_source_with_their_licence(tmp_path: Path) -> None:
    _write_sources(tmp_path)
    reports = read_reports(tmp_path)
    assert len(reports) == 59
    assert {report.licence for report in reports} == {"Apache-2.0"}
