"""Calibration figures that can be computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from tests.scored import RIGHT, WRONG
from training.evaluation.reliability import calibration
from training.evaluation.scores import FieldScores


def answers(*pairs: tuple[float | None, bool]) -> list[FieldScores]:
    return [replace(RIGHT if right else WRONG, confidence=sure) for sure, right in pairs]


def test_the_errors_are_those_computed_by_hand() -> None:
    found = calibration(answers((0.95, True), (0.91, False), (0.55, True), (0.12, False)))
    assert found is not None
    # Bins: 0.9 to 1 (0.93, half right), 0.5 to 0.6 (0.55, right), 0.1 to 0.2 (0.12, wrong).
    assert found.expected_error == pytest.approx((2 * 0.43 + 0.45 + 0.12) / 4)
    assert found.brier == pytest.approx((0.05**2 + 0.91**2 + 0.45**2 + 0.12**2) / 4)
    assert [one.count for one in found.bins] == [0, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    last = found.bins[-1]
    assert last.confidence == pytest.approx(0.93)
    assert last.accuracy == 0.5
    assert (found.bins[0].confidence, found.bins[0].accuracy) == (None, None)


def test_certainty_is_in_the_last_bin_and_0_in_the_first() -> None:
    found = calibration(answers((1.0, True), (0.0, False)))
    assert found is not None
    assert (found.bins[0].count, found.bins[-1].count) == (1, 1)
    assert (found.expected_error, found.expected_error_by_chance) == (0.0, 0.0)


def test_coverage_and_accuracy_by_threshold() -> None:
    found = calibration(answers((0.95, True), (0.9, False), (0.8, True), (0.5, False)))
    assert found is not None
    rows = {one.threshold: (one.coverage, one.accuracy) for one in found.coverage}
    assert rows == {
        0.5: (1.0, 0.5),
        0.6: (0.75, pytest.approx(2 / 3)),
        0.7: (0.75, pytest.approx(2 / 3)),
        0.8: (0.75, pytest.approx(2 / 3)),
        0.9: (0.5, 0.5),
    }


def test_no_answer_is_above_a_threshold_that_none_reaches() -> None:
    found = calibration(answers((0.4, True)))
    assert found is not None
    assert {(one.coverage, one.accuracy) for one in found.coverage} == {(0.0, None)}


def test_answers_without_a_confidence_are_left_out_and_counted() -> None:
    found = calibration(answers((0.95, True), (None, False), (None, True)))
    assert found is not None
    assert (found.count, found.left_out) == (1, 2)
    assert calibration(answers((None, True))) is None


@pytest.mark.parametrize(
    ("shift", "by_chance"),
    [pytest.param(0.0, True, id="honest"), pytest.param(0.2, False, id="sure")],
)
def test_an_error_by_chance_is_told_from_one_that_is_there(shift: float, by_chance: bool) -> None:
    random = np.random.default_rng(11)
    sure = random.uniform(0.3, 0.99, 400)
    right = random.random(400) < sure - shift
    found = calibration(answers(*zip(sure.tolist(), right.tolist(), strict=True)))
    assert found is not None
    assert (found.expected_error <= found.expected_error_by_chance) is by_chance
