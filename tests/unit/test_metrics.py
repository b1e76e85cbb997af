"""Metrics per field on small cases that can be counted by hand."""

import json

import pytest

from schemas.summary import NOT_STATED, FieldName
from tests.scored import failed_report, scored
from training.evaluation.metrics import Metrics, evaluate
from training.evaluation.metrics_table import format_confusion, format_intervals, format_table
from training.evaluation.rightness import belongs, is_right

ACTUAL = FieldName.ACTUAL_BEHAVIOR
CATEGORY = FieldName.BUG_CATEGORY


@pytest.fixture
def mixed() -> Metrics:
    return evaluate(
        scored(
            ACTUAL,
            ("The APP\n crashes", "The app crashes"),
            ("The app hangs", "The app crashes"),
            (NOT_STATED, "The app is stated not to work"),
            (NOT_STATED, NOT_STATED),
            ("It fails", NOT_STATED),
        )
    )


def test_closeness_is_measured_where_the_annotation_states_the_field(mixed: Metrics) -> None:
    found = mixed.fields[ACTUAL]
    assert (mixed.count, found.stated) == (5, 3)
    assert found.exact_match == pytest.approx(1 / 3)
    assert found.rouge1 == found.rouge_l == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found.rouge2 == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found.token_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_token_f1_takes_an_identifier_for_one_word_and_rouge_for_several() -> None:
    found = evaluate(scored(ACTUAL, ("max_size is wrong", "min_size is wrong"))).fields[ACTUAL]
    assert found.token_f1 == pytest.approx(2 / 3)
    assert found.rouge1 == pytest.approx(3 / 4)


def test_overall_figures_count_a_rightly_missing_answer(mixed: Metrics) -> None:
    found = mixed.fields[ACTUAL]
    assert found.exact_match_overall == pytest.approx((1 + 1) / 5)
    assert found.rouge_l_overall == pytest.approx((1 + 2 / 3 + 1) / 5)


@pytest.mark.parametrize(
    ("predicted", "annotated", "right"),
    [
        pytest.param("It is blue", "It is blue. It blinks.", True, id="a part"),
        pytest.param("It is blue\nTypeError: x", "It IS blue!", True, id="evidence is no claim"),
        pytest.param("It is green", "It is blue", False, id="another word"),
        pytest.param("", "It is blue", False, id="nothing"),
        pytest.param("stated", NOT_STATED + " anywhere", True, id="words, not the marker"),
        pytest.param(NOT_STATED, NOT_STATED + " anywhere", False, id="not answered"),
    ],
)
def test_an_answer_is_right_where_it_is_part_of_the_annotation(
    predicted: str, annotated: str, right: bool
) -> None:
    assert belongs(predicted, annotated) is right


def test_a_part_of_a_category_is_another_category() -> None:
    assert is_right(CATEGORY, "User  Interface", "user interface")
    assert not is_right(CATEGORY, "interface", "user interface")
    assert is_right(ACTUAL, "interface", "user interface")


@pytest.mark.parametrize(
    ("predicted", "right"),
    [
        ("OS: macOS 14, Browser / Version: Firefox 120", True),
        ("Operating System (or Browser): macOS 14", True),
        ("User Agent: Firefox 120", True),
        ("Browser: Firefox 121", False),
        ("Android: 120", False),
        ("OS:", False),
    ],
)
def test_the_labels_of_an_environment_say_nothing(predicted: str, right: bool) -> None:
    assert is_right(FieldName.ENVIRONMENT, predicted, "macOS 14, Firefox 120") is right
    assert not is_right(ACTUAL, "OS: macOS", "macOS")


def test_right_answers_and_rightly_missing_ones_are_counted(mixed: Metrics) -> None:
    found = mixed.fields[ACTUAL]
    assert found.right == pytest.approx(1 / 3)
    assert found.right_overall == pytest.approx((1 + 1) / 5)


def test_not_stated_is_a_class_to_be_found(mixed: Metrics) -> None:
    found = mixed.fields[ACTUAL].not_stated
    assert (found.annotated, found.predicted) == (2, 2)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)


def test_a_share_of_nothing_is_none() -> None:
    never = evaluate(scored(ACTUAL, ("a", NOT_STATED), ("b", NOT_STATED))).fields[ACTUAL]
    assert (never.exact_match, never.rouge1, never.rouge2, never.rouge_l) == (None,) * 4
    assert (never.not_stated.precision, never.not_stated.recall) == (None, 0.0)
    assert never.not_stated.f1 == 0.0
    assert "exactMatch" not in never.intervals

    always = evaluate(scored(ACTUAL, ("a", "a"))).fields[ACTUAL]
    assert (always.not_stated.precision, always.not_stated.f1) == (None, None)
    assert (always.copyable, always.copy_accuracy) == (0, None)


def test_macro_f1_is_over_annotated_labels() -> None:
    found = evaluate(
        scored(
            CATEGORY,
            ("crash", "crash"),
            ("Crash ", "crash"),
            ("crash", "ui"),
            ("ui", "ui"),
            ("network", "hang"),
            (NOT_STATED, "hang"),
            ("crash", NOT_STATED),
        )
    ).category
    assert found.counts == {"crash": 2, "hang": 2, "ui": 2}
    assert found.accuracy == pytest.approx(3 / 6)
    assert found.f1 == pytest.approx({"crash": 4 / 5, "hang": 0.0, "ui": 2 / 3})
    assert found.macro_f1 == pytest.approx((4 / 5 + 0 + 2 / 3) / 3)


def test_the_confusion_matrix_counts_every_report_and_puts_what_is_no_label_last() -> None:
    scores = scored(CATEGORY, ("ui", "ui"), ("ui", "crash"), (NOT_STATED, "ui"), ("ui", NOT_STATED))
    matrix = evaluate([*scores, failed_report()]).category.confusion
    assert matrix is not None
    assert matrix.labels == ["crash", "ui", NOT_STATED, "(failed)"]
    assert matrix.counts == [[0, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0]]


def test_no_annotated_category_has_no_figures() -> None:
    found = evaluate(scored(CATEGORY, ("ui", NOT_STATED))).category
    assert (found.accuracy, found.macro_f1, found.counts) == (None, None, {})


def test_a_failed_report_is_wrong_in_every_field_also_where_nothing_is_stated() -> None:
    found = evaluate([*scored(ACTUAL, ("a", "a")), failed_report(NOT_STATED), failed_report("a b")])
    assert (found.count, found.failed) == (3, 2)
    actual = found.fields[ACTUAL]
    assert actual.right == pytest.approx(1 / 2)
    assert actual.right_overall == actual.rouge_l_overall == pytest.approx(1 / 3)
    assert (actual.not_stated.predicted, actual.not_stated.recall) == (0, 0.0)
    assert "2 of them failed" in format_table(found)


def test_nothing_cannot_be_evaluated() -> None:
    with pytest.raises(ValueError, match="no reports"):
        evaluate([])


def test_metrics_survive_json(mixed: Metrics) -> None:
    wire = json.loads(mixed.model_dump_json())
    assert wire["fields"]["actualBehavior"]["rougeL"] == pytest.approx(5 / 9)
    assert Metrics.model_validate(wire) == mixed


def test_every_figure_lies_in_its_interval(mixed: Metrics) -> None:
    wire = mixed.model_dump(mode="json")["fields"]["actualBehavior"]
    figures = wire | {f"notStated.{key}": value for key, value in wire["notStated"].items()}
    assert set(wire["intervals"]) >= {"right", "rougeL", "rightOverall", "notStated.f1"}
    for name, (low, high) in wire["intervals"].items():
        assert 0 <= low <= figures[name] <= high <= 1


def test_the_table_is_aligned_and_has_every_field_and_system(mixed: Metrics) -> None:
    baseline = evaluate(scored(ACTUAL, (NOT_STATED, "a")))
    fields, categories, legend = format_table(mixed, {"first sentence": baseline}).split("\n\n")
    header, rule, *rows = fields.splitlines()
    assert len(rows) == 2 * len(FieldName)
    assert {len(row) for row in (header, rule, *rows)} == {len(header)}
    assert rows[2].split() == [
        "actualBehavior", "model", "3", "0.333", "0.333", "0.556", "0.500", "0.556", "0.556", "-",
        "0.400", "0.533", "0.500", "0.500", "0.500",
    ]  # fmt: skip
    assert rows[3].split()[:4] == ["actualBehavior", "first", "sentence", "1"]
    assert rows[3].split()[-3:] == ["0.000", "-", "0.000"]
    assert categories.splitlines()[2].split() == ["model", "5", "1.000", "1.000"]
    assert legend.startswith("5 records.")


@pytest.mark.parametrize("form", [format_table, format_intervals, format_confusion])
def test_the_markdown_table_has_the_same_cells(mixed: Metrics, form: object) -> None:
    assert callable(form)
    plain, marked = form(mixed), form(mixed, markdown=True)
    rows = marked.split("\n\n")[0].splitlines()
    assert all(row.startswith("| ") and row.endswith(" |") for row in rows)
    assert len({row.count("|") for row in rows}) == 1
    assert set(rows[1]) <= set("|-: ")
    assert marked.replace("|", " ").replace(":", "-").split() == plain.replace(":", "-").split()
