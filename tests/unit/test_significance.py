"""Tests of differences: exact values, agreement with enumeration, and error rates."""

import itertools

import numpy as np
import pytest

from schemas.summary import FieldName
from tests.scored import reports_of, scored
from training.evaluation import significance
from training.evaluation.figures import MACRO_F1, NAMES, Figures, name_of
from training.evaluation.significance import holm, mcnemar_p, permutation_p

ACTUAL = FieldName.ACTUAL_BEHAVIOR
ROUGE_L = name_of(ACTUAL, "rougeLOverall")

OURS = Figures.of(
    scored(
        ACTUAL,
        *[("a b c d", "a b c d"), ("a b", "a b c d"), ("x", "a b c d"), ("a b c", "a b c d")],
        *[("a b c d", "a b c d"), ("d", "a b c d"), ("a b c d", "a b c d"), ("b c", "a b c d")],
    )
)
THEIRS = Figures.of(
    scored(
        ACTUAL,
        *[("a b", "a b c d"), ("a b", "a b c d"), ("a", "a b c d"), ("a", "a b c d")],
        *[("x y", "a b c d"), ("d", "a b c d"), ("a b c", "a b c d"), ("b", "a b c d")],
    )
)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        pytest.param(0, 0, 1.0, id="no difference"),
        pytest.param(3, 3, 1.0, id="balanced"),
        pytest.param(5, 0, 2 / 2**5, id="one-sided"),
        pytest.param(8, 2, 2 * (1 + 10 + 45) / 2**10, id="by hand"),
        pytest.param(2, 8, 2 * (1 + 10 + 45) / 2**10, id="the other way round"),
    ],
)
def test_mcnemar_is_the_exact_binomial_test(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar_p(only_first, only_second) == pytest.approx(p)


def test_mcnemar_takes_many_reports() -> None:
    assert 0 < mcnemar_p(5200, 4800) < 1e-4


def test_few_reports_are_enumerated() -> None:
    scores = [figures.columns[:, NAMES.index(ROUGE_L)] for figures in (OURS, THEIRS)]
    differences = scores[0] - scores[1]
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product((1, -1), repeat=8)]
    expected = np.mean([each >= abs(differences.sum()) - 1e-9 for each in sums])
    assert permutation_p(OURS, THEIRS, [ROUGE_L])[ROUGE_L] == pytest.approx(expected)


def test_drawn_permutations_come_close_to_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = permutation_p(OURS, THEIRS, [ROUGE_L])[ROUGE_L]
    monkeypatch.setattr(significance, "ENUMERATED_REPORTS", 0)
    drawn = permutation_p(OURS, THEIRS, [ROUGE_L])[ROUGE_L]
    assert drawn == pytest.approx(exact, abs=0.01)
    assert drawn != exact


def test_equal_systems_differ_by_chance_alone() -> None:
    assert permutation_p(OURS, OURS, [ROUGE_L, MACRO_F1]) == {ROUGE_L: 1.0, MACRO_F1: 1.0}


def test_a_difference_is_found_and_no_difference_seldom() -> None:
    random = np.random.default_rng(5)
    both = Figures.of(reports_of([False, True]))

    def p_value(ours: float, theirs: float) -> float:
        first, second = (
            Figures(both.columns[(random.random(150) < share).astype(int)], both.labels)
            for share in (ours, theirs)
        )
        return permutation_p(first, second, [ROUGE_L], permutations=400)[ROUGE_L]

    assert sum(p_value(0.85, 0.6) < 0.05 for _ in range(20)) >= 19
    assert sum(p_value(0.7, 0.7) < 0.05 for _ in range(60)) <= 8


def test_p_is_never_0_and_macro_f1_is_tested_too() -> None:
    first, second = Figures.of(reports_of([True] * 60)), Figures.of(reports_of([False] * 60))
    found = permutation_p(first, second, [ROUGE_L, MACRO_F1], permutations=999)
    assert found == {ROUGE_L: 0.001, MACRO_F1: 0.001}


def test_holm_adjusts_for_the_number_of_tests() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
