"""Two models report by report: which is better, on what, and where it got worse."""

from pathlib import Path

import pytest

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName
from tests.scored import NO_POINTERS, summary
from training.evaluation.answers import Answer
from training.evaluation.comparison import Comparison, compare, verdicts
from training.evaluation.comparison_table import format_comparison
from training.evaluation.evaluation import Evaluated, Evaluation
from training.evaluation.figures import Figures
from training.evaluation.metrics import measured, metrics_of
from training.evaluation.scores import score_report

ACTUAL = FieldName.ACTUAL_BEHAVIOR
COUNT = 60


def record(number: int) -> TrainingRecord:
    return TrainingRecord(
        id=f"r{number}",
        input=ReportInput(description=f"Report {number} <script>"),
        output=summary({ACTUAL: f"report {number} fails", FieldName.BUG_CATEGORY: "ui"}),
    )


FOLDERS = (Path("models/new"), Path("models/old"))
RECORDS = [record(number) for number in range(COUNT)]


def evaluated(name: str, wrong: set[int], *, failed: frozenset[int] = frozenset()) -> Evaluated:
    """A model that is right but for the actual behaviour of some reports."""
    answers = [
        Answer(None, failure="It failed.")
        if at in failed
        else Answer(
            summary(
                {
                    ACTUAL: "other words" if at in wrong else f"report {at} fails",
                    FieldName.BUG_CATEGORY: "ui",
                }
            )
        )
        for at in range(COUNT)
    ]
    scores = [
        score_report(one, answer, NO_POINTERS) for one, answer in zip(RECORDS, answers, strict=True)
    ]
    (found,) = measured([Figures.of(scores)])
    evaluation = Evaluation(
        model=name,
        kind="extractive",
        metrics=metrics_of(scores, found),
        baselines={},
        differences={},
        failures=[],
    )
    return Evaluated(evaluation, answers, scores)


@pytest.fixture(scope="module")
def worse() -> Comparison:
    return compare(evaluated("new", set(range(30))), evaluated("old", {2, 50}), RECORDS, FOLDERS)


def test_a_difference_that_is_there_is_significant(worse: Comparison) -> None:
    tests = {test.figure: test for test in worse.tests}
    right = tests["actualBehavior.rightOverall"]
    # 29 reports only the old model has right, 1 only the new one.
    assert right.test == "McNemar"
    assert right.p == pytest.approx(2 * 31 / 2**30)
    assert right.adjusted_p == pytest.approx(10 * right.p)
    assert (right.verdict, tests["actualBehavior.rougeLOverall"].verdict) == ("worse", "worse")
    found = worse.differences["actualBehavior.rightOverall"]
    assert found.value == pytest.approx(-28 / 60)
    assert found.interval[0] < found.value < found.interval[1] < 0


def test_a_difference_that_is_not_there_is_not(worse: Comparison) -> None:
    others = {test.verdict for test in worse.tests if not test.figure.startswith("actual")}
    assert others == {"no significant difference"}
    few = compare(evaluated("new", {1, 2, 3}), evaluated("old", {2, 50}), RECORDS, FOLDERS)
    assert {test.verdict for test in few.tests} == {"no significant difference"}
    assert "better" not in verdicts(few)


def test_the_verdict_is_a_plain_sentence(worse: Comparison) -> None:
    said = verdicts(worse)
    assert said.startswith("A is worse on actualBehavior (right), actualBehavior (ROUGE-L).")
    assert "There is no significant difference on environment (right)" in said
    swapped = compare(evaluated("old", {2, 50}), evaluated("new", set(range(30))), RECORDS, FOLDERS)
    assert verdicts(swapped).startswith("A is better on actualBehavior (right)")


def test_reports_are_counted_and_the_twenty_that_lost_most_are_shown(worse: Comparison) -> None:
    assert (worse.better, worse.worse, worse.equal) == (1, 29, 30)
    assert len(worse.worst) == 20
    (changed,) = [field for field in worse.worst[0].fields if field.got_worse]
    assert (changed.ours, changed.theirs_right, changed.ours_right) == ("other words", True, False)
    assert changed.annotation == changed.theirs


def test_a_report_that_the_model_now_fails_on_is_the_worst() -> None:
    found = compare(
        evaluated("new", {1}, failed=frozenset({40})), evaluated("old", set()), RECORDS, FOLDERS
    )
    assert [one.report for one in found.worst] == ["r40", "r1"]
    assert found.worst[0].fields[0].ours == "(the model failed)"


def test_other_categories_can_be_compared() -> None:
    old = evaluated("old", set())
    answers = [
        Answer(one.summary and one.summary.model_copy(update={"bug_category": "interface"}))
        for one in old.answers
    ]
    scores = [
        score_report(one, answer, NO_POINTERS) for one, answer in zip(RECORDS, answers, strict=True)
    ]
    found = compare(Evaluated(old.evaluation, answers, scores), old, RECORDS, FOLDERS)
    tests = {test.figure: test.verdict for test in found.tests}
    assert tests["category.accuracy"] == tests["category.macroF1"] == "worse"


def test_without_an_annotated_category_it_is_not_tested() -> None:
    records = [
        one.model_copy(
            update={"output": one.output.model_copy(update={"bug_category": NOT_STATED})}
        )
        for one in RECORDS
    ]
    old = evaluated("old", set())
    scores = [
        score_report(one, answer, NO_POINTERS)
        for one, answer in zip(records, old.answers, strict=True)
    ]
    same = Evaluated(old.evaluation, old.answers, scores)
    assert not any(
        test.figure.startswith("category") for test in compare(same, same, records, FOLDERS).tests
    )


def test_the_terminal_shows_what_changed_in_short(worse: Comparison) -> None:
    said = format_comparison(worse)
    assert "A: new in models/new\nB: old in models/old" in said
    assert "Of 60 reports A answers 1 better than B, 29 worse and 30 alike." in said
    assert said.count("    A: other words") == 20
    assert "<0.001" in said
