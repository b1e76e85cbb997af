"""How far readings agree."""

from tests.unit.test_recipe_readings import READING
from training.recipe.agreement import (
    category_by_rules,
    most_telling_agrees,
    sentence_f1,
    share,
)
from training.recipe.reports import Report

OTHER = READING.model_copy(
    update={"actual": ["Nothing is drawn."], "best_actual": "Nothing is drawn.", "category": "data"}
)
NEITHER = READING.model_copy(update={"actual": [], "best_actual": None})


def test_sentences_are_compared_as_sets() -> None:
    assert sentence_f1([(READING, READING)], "actual") == 1.0
    assert sentence_f1([(READING, OTHER)], "actual") == 2 / 3
    assert sentence_f1([(NEITHER, NEITHER)], "actual") == 0.0


def test_the_most_telling_sentence_must_be_right_to_both() -> None:
    assert most_telling_agrees(OTHER, READING)
    assert not most_telling_agrees(READING, OTHER)
    assert not most_telling_agrees(READING, NEITHER)
    assert not most_telling_agrees(NEITHER, READING)
    assert most_telling_agrees(NEITHER, NEITHER)


def test_shares_are_of_all_pairs() -> None:
    pairs = [(READING, READING), (READING, OTHER)]
    assert share(pairs, lambda a, b: a.category == b.category) == 0.5


def test_the_rules_name_a_category() -> None:
    report = Report("a:1", "s", "MIT", "App crashes on start", "It crashes.")
    assert category_by_rules(report) == "crash"
