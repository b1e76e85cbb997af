"""What the card's figures are made of."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import FieldName, Summary
from tests.project import ROOT
from tests.unit.test_recipe_readings import READING
from training.evaluation.scores import FieldScores
from training.recipe.figures.coverage import coverage_at
from training.recipe.figures.environment_parts import part_matches
from training.recipe.figures.held_out import HeldOut, held_out_reports
from training.recipe.figures.probe import Probe
from training.recipe.figures.robustness import FORMS, in_form
from training.recipe.figures.sentence_labels import agreement, best_threshold, labelled
from training.recipe.figures.tfidf import TfIdf
from training.recipe.readings import Reading, read_readings, record_of
from training.recipe.sides import Side


def field(confidence: float | None, *, right: bool) -> FieldScores:
    return FieldScores(True, False, right, right, 0, 0, 0, 0, None, confidence)


def test_coverage_is_what_is_left_of_sure_answers() -> None:
    sure = [field(0.9 - at / 100, right=True) for at in range(9)]
    assert coverage_at([*sure, field(0.5, right=False)]) == 1.0
    assert coverage_at([*sure, field(0.5, right=False), field(0.4, right=False)]) == 10 / 11
    assert coverage_at([field(0.99, right=False)]) == 0.0
    assert coverage_at([field(None, right=True)]) == 0.0


def test_parts_of_an_environment_are_compared_exactly() -> None:
    found = part_matches(
        [
            ("OS: macOS 10.9.1, Browser: Firefox 99", "macOS 10.9.1, Firefox 99"),
            ("Windows 10", "Windows 11, Chrome 119.0"),
            ("Windows 10", "Not stated"),
        ]
    )
    assert (found["os"].stated, found["os"].exact) == (2, 1)
    assert (found["browser"].stated, found["browser"].exact) == (2, 1)
    assert (found["browserVersion"].stated, found["browserVersion"].exact) == (2, 1)


def test_segments_carry_the_labels_of_their_reading() -> None:
    found = {one.segment.text: one.labels for one in labelled([READING])}
    assert found["Nothing is drawn."] == {"actual"}
    assert found["It should show a map."] == {"expected"}
    assert found["Open it."] == {"steps"}


def test_agreement_counts_hits() -> None:
    said, true = np.array([True, True, False, False]), np.array([True, False, True, False])
    found = agreement(said, true)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert agreement(np.array([False]), np.array([True])).f1 == 0.0


def test_the_best_threshold_is_the_one_with_the_best_f1() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.2])
    assert best_threshold(scores, [True, True, False, False]) == 0.8
    assert best_threshold(scores, [True, True, True, False]) == 0.7


HELD_OUT = HeldOut(record_of(READING), "tidev.TIMOB", Side.RANDOM, "read", READING)


def test_forms_keep_the_answers_and_name_the_outcomes() -> None:
    for form in FORMS.values():
        assert in_form(HELD_OUT, form).output == HELD_OUT.record.output
    headed = in_form(HELD_OUT, FORMS["with headings"]).input.description or ""
    assert "Actual result:\nThe window stays white." in headed
    assert headed.endswith("Expected result:\nIt should show a map.")
    log = in_form(HELD_OUT, FORMS["200 lines of log in front"]).input.description or ""
    assert log.count("\n") > 200


def test_a_held_out_report_comes_in_once(tmp_path: Path) -> None:
    held = [READING.model_copy(update={"side": "random"}), READING]
    record = TrainingRecord(
        id="expensify:1/gold",
        input=ReportInput(description="It fails."),
        output=Summary.from_fields(dict.fromkeys(FieldName, "It fails.")),
    )
    again = record.model_copy(update={"id": f"{READING.id}/gold"})
    with gzip.open(tmp_path / "held_out_gold.jsonl.gz", "wt") as file:
        file.writelines(f"{one.model_dump_json()}\n" for one in (record, again))
    (tmp_path / "sources.csv").write_text(
        "id,source,licence,project,side,gold\n"
        "expensify:1/gold,s,MIT,expensify,project,yes\n"
        f"{READING.id}/gold,s,MIT,tidev.TIMOB,random,yes\n"
    )
    found = held_out_reports(tmp_path, held[:1])
    assert [(one.record.id, one.project, one.side, one.gold) for one in found] == [
        ("expensify:1/gold", "expensify", Side.PROJECT, "headings"),
        (f"{READING.id}/read", "tidev.TIMOB", Side.RANDOM, "read"),
    ]
    assert held_out_reports(tmp_path, held[1:])[1].gold == "headings"


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    found = read_readings(ROOT / "data" / "readings.jsonl.gz")
    return [one for one in found if one.side == "train" and len(one.description) < 600][:240]


def test_the_classic_baseline_learns_what_an_expectation_sounds_like(
    readings: list[Reading],
) -> None:
    fitted = TfIdf.fitted(readings[:180], readings[180:])
    should, other = fitted.scores(
        "expected", ["The dialog should be closed.", "Click on the button."]
    )
    assert should > other


def test_a_probe_tells_labels_apart(readings: list[Reading]) -> None:
    probe = Probe(ROOT / "models" / "bug-summarizer-minilm")
    probe.fit(readings[:100], readings[100:130])
    examples, states = probe.states(readings[130:180])
    said = probe.scores("expected", states) >= probe.thresholds["expected"]
    true = np.array([one.is_("expected") for one in examples])
    assert agreement(said, true).f1 > 0.4
