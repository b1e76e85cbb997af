"""Bootstrap intervals: known cases, coverage of the truth, and pairing."""

import numpy as np
import pytest

from schemas.summary import NOT_STATED, FieldName
from tests.scored import reports_of, scored
from training.evaluation.bootstrap import intervals, resampled
from training.evaluation.figures import ACCURACY, MACRO_F1, NAMES, Figures, name_of
from training.evaluation.metrics import measured

RIGHT = name_of(FieldName.ACTUAL_BEHAVIOR, "rightOverall")
AT = NAMES.index(RIGHT)


BOTH = Figures.of(reports_of([False, True]))


def right_at_random(random: np.random.Generator, share: float, reports: int) -> Figures:
    right = (random.random(reports) < share).astype(int)
    return Figures(BOTH.columns[right], BOTH.labels)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(100):
        figures = right_at_random(random, 0.7, 120)
        (samples,) = resampled([figures], resamples=150)
        low, high = intervals(figures.values()[0], samples)[RIGHT]
        held += low <= 0.7 <= high
    assert 0.89 <= held / 100 <= 0.99


def test_an_interval_is_as_wide_as_the_normal_approximation() -> None:
    figures = Figures.of(reports_of([True] * 300 + [False] * 100))
    (samples,) = resampled([figures])
    low, high = intervals(figures.values()[0], samples)[RIGHT]
    assert high - low == pytest.approx(2 * 1.96 * (0.75 * 0.25 / 400) ** 0.5, rel=0.1)


def test_systems_are_measured_on_the_same_resamples() -> None:
    right = [True, True, False, True, False, False, True, False] * 20
    better = [*right[:-1], True]
    first, second = Figures.of(reports_of(better)), Figures.of(reports_of(right))
    ours, theirs = measured([first, second])
    difference = ours.samples[:, AT] - theirs.samples[:, AT]
    # Only the last report can make a difference, and it does as often as it was drawn.
    assert difference.min() == 0.0
    assert difference.mean() == pytest.approx(1 / 160, rel=0.1)
    assert difference.std() < ours.samples[:, AT].std() / 4


def test_the_same_seed_gives_the_same_resamples_however_they_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = Figures.of(reports_of([True, False, True]))
    (first,) = resampled([figures])
    (second,) = resampled([figures])
    assert np.array_equal(first, second, equal_nan=True)
    monkeypatch.setattr("training.evaluation.bootstrap._CHUNK_CELLS", 30)
    (third,) = resampled([figures])
    assert np.array_equal(first, third, equal_nan=True)


def test_a_figure_without_anything_to_share_has_no_interval() -> None:
    scores = scored(FieldName.ACTUAL_BEHAVIOR, ("a", NOT_STATED), ("b", NOT_STATED))
    (one,) = measured([Figures.of(scores)])
    found = intervals(one.point, one.samples)
    assert name_of(FieldName.ACTUAL_BEHAVIOR, "rougeL") not in found
    assert RIGHT in found


def test_macro_f1_of_a_resample_is_over_the_labels_that_are_in_it() -> None:
    figures = Figures.of(
        scored(FieldName.BUG_CATEGORY, ("ui", "ui"), ("ui", "crash"), ("hang", "hang"))
    )
    weights = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 2]])
    found = figures.values(weights)
    assert found[:, NAMES.index(MACRO_F1)] == pytest.approx([1.0, (2 / 3 + 0) / 2, 1.0])
    assert found[:, NAMES.index(ACCURACY)] == pytest.approx([1.0, 0.5, 1.0])
