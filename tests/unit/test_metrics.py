"""Metrics per field on small cases that can be counted by hand."""

import json

import pytest

from schemas.summary import NOT_STATED, FieldName, Summary
from training.metrics import Metrics, Pair, belongs, evaluate
from training.metrics_table import format_table

ACTUAL = FieldName.ACTUAL_BEHAVIOR
CATEGORY = FieldName.BUG_CATEGORY


def summary(field: FieldName, text: str) -> Summary:
    return Summary.from_fields({name: text if name is field else "same" for name in FieldName})


def pairs(field: FieldName, *texts: tuple[str, str]) -> list[Pair]:
    return [
        (summary(field, predicted), summary(field, annotated)) for predicted, annotated in texts
    ]


@pytest.fixture
def mixed() -> Metrics:
    return evaluate(
        pairs(
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


def test_right_answers_and_rightly_missing_ones_are_counted(mixed: Metrics) -> None:
    found = mixed.fields[ACTUAL]
    assert found.right == pytest.approx(1 / 3)
    assert found.right_overall == pytest.approx((1 + 1) / 5)


def test_not_stated_is_a_class_to_be_found(mixed: Metrics) -> None:
    found = mixed.fields[ACTUAL].not_stated
    assert (found.annotated, found.predicted) == (2, 2)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)


def test_a_share_of_nothing_is_none() -> None:
    never = evaluate(pairs(ACTUAL, ("a", NOT_STATED), ("b", NOT_STATED))).fields[ACTUAL]
    assert (never.exact_match, never.rouge1, never.rouge2, never.rouge_l) == (None,) * 4
    assert (never.not_stated.precision, never.not_stated.recall) == (None, 0.0)
    assert never.not_stated.f1 == 0.0

    always = evaluate(pairs(ACTUAL, ("a", "a"))).fields[ACTUAL]
    assert (always.not_stated.precision, always.not_stated.f1) == (None, None)


def test_macro_f1_is_over_annotated_labels() -> None:
    found = evaluate(
        pairs(
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


def test_no_annotated_category_has_no_figures() -> None:
    found = evaluate(pairs(CATEGORY, ("ui", NOT_STATED))).category
    assert (found.accuracy, found.macro_f1, found.counts) == (None, None, {})


def test_nothing_cannot_be_evaluated() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        evaluate([])


def test_metrics_survive_json(mixed: Metrics) -> None:
    wire = json.loads(mixed.model_dump_json())
    assert wire["fields"]["actualBehavior"]["rougeL"] == pytest.approx(5 / 9)
    assert Metrics.model_validate(wire) == mixed


def test_the_table_is_aligned_and_has_every_field_and_system(mixed: Metrics) -> None:
    baseline = evaluate(pairs(ACTUAL, (NOT_STATED, "a")))
    fields, categories, legend = format_table(mixed, {"first sentence": baseline}).split("\n\n")
    header, rule, *rows = fields.splitlines()
    assert len(rows) == 2 * len(FieldName)
    assert {len(row) for row in (header, rule, *rows)} == {len(header)}
    assert rows[2].split() == [
        "actualBehavior", "model", "3", "0.333", "0.333", "0.556", "0.500", "0.556", "0.400",
        "0.533", "0.500", "0.500", "0.500",
    ]  # fmt: skip
    assert rows[3].split()[:4] == ["actualBehavior", "first", "sentence", "1"]
    assert rows[3].split()[-3:] == ["0.000", "-", "0.000"]
    assert categories.splitlines()[2].split() == ["model", "5", "1.000", "1.000"]
    assert legend.startswith("5 records.")


def test_the_markdown_table_has_the_same_cells(mixed: Metrics) -> None:
    plain, marked = format_table(mixed), format_table(mixed, markdown=True)
    rows = marked.split("\n\n")[0].splitlines()
    assert all(row.startswith("| ") and row.endswith(" |") for row in rows)
    assert {row.count("|") for row in rows} == {14}
    assert set(rows[1]) == set("|-: ")
    assert marked.replace("|", " ").replace(":", "-").split() == plain.replace(":", "-").split()
