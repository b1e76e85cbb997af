"""Temperatures and offsets, and what the engine makes of them."""

import copy
import math

import pytest
import torch

from schemas.summary import NOT_STATED, FieldName
from summarizer.engines.extractive import LEAST_PROBABILITY, ExtractiveEngine
from tests.pointing import RECORDS, learnt_engine, learnt_task
from training.learning.calibration import fit_confidences
from training.learning.pointing import PointingTask, pointing_batch


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> PointingTask:
    return learnt_task(tmp_path_factory.mktemp("bert") / "bert")


@pytest.fixture(scope="module")
def engine(task: PointingTask, tmp_path_factory: pytest.TempPathFactory) -> ExtractiveEngine:
    return learnt_engine(task, tmp_path_factory.mktemp("model"))


def test_an_overconfident_model_is_cooled_down(task: PointingTask) -> None:
    wrong = [
        one.model_copy(
            update={"output": one.output.model_copy(update={"actual_behavior": NOT_STATED})}
        )
        for one in RECORDS
    ]
    fitted = fit_confidences(task, RECORDS[:2] + wrong[2:])
    assert fitted.temperatures[FieldName.ACTUAL_BEHAVIOR] > 1.5
    assert set(fitted.temperatures) == set(fitted.offsets) == set(FieldName)


def test_an_offset_makes_answers_less_sure_but_not_the_missing_ones(
    engine: ExtractiveEngine,
) -> None:
    offsets = dict.fromkeys(FieldName, -2.0)
    moved = ExtractiveEngine(
        engine._pointer, engine._builder, engine.manifest.model_copy(update={"offsets": offsets})
    )
    prepared = [engine.prepare(one.input) for one in RECORDS]
    for before, after in zip(engine.predict(prepared), moved.predict(prepared), strict=True):
        for field, prediction in before.items():
            assert after[field].text == prediction.text
            if prediction.text is None:
                assert after[field] == prediction
                continue
            odds = math.exp(-2) / (1 / min(prediction.confidence, 1 - LEAST_PROBABILITY) - 1)
            assert after[field].confidence == pytest.approx(odds / (1 + odds))


def test_confidences_are_fitted_to_how_often_answers_are_right(task: PointingTask) -> None:
    unsure = copy.deepcopy(task)
    with torch.no_grad():
        for values in unsure.model.category_scores.parameters():
            values.mul_(0.2)
    wrong = RECORDS[0].model_copy(
        update={"output": RECORDS[0].output.model_copy(update={"bug_category": "ui"})}
    )
    category = FieldName.BUG_CATEGORY
    fitted = fit_confidences(unsure, (RECORDS[:1] * 4 + [wrong]) * 20)
    batch = pointing_batch(unsure.collate([unsure.encode(RECORDS[0])]))
    with torch.inference_mode():
        scores = unsure.model(batch).categories / fitted.temperatures[category]
    confidence = torch.sigmoid(torch.logit(scores.softmax(-1).max()) + fitted.offsets[category])
    assert float(confidence) == pytest.approx(0.8, abs=0.02)
