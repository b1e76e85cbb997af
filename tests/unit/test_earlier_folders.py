"""Extractive folders that were trained otherwise, and learn on."""

from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer

from summarizer.engines.extractive import ExtractiveEngine
from summarizer.features import FEATURE_COUNT
from summarizer.pointer import Pointer
from summarizer.pointing import (
    PointingConfig,
    PointingModel,
)
from summarizer.pointing_input import PointingInputBuilder, collate
from tests.pointing import CATEGORIES, RECORDS, learnt_engine, learnt_task
from tests.tiny_models import make_bert
from training.learning.pointing import PointingTask
from training.learning.tasks import load_task
from training.options import TrainingOptions


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> PointingTask:
    return learnt_task(tmp_path_factory.mktemp("bert") / "bert")


@pytest.fixture(scope="module")
def engine(task: PointingTask, tmp_path_factory: pytest.TempPathFactory) -> ExtractiveEngine:
    return learnt_engine(task, tmp_path_factory.mktemp("model"))


def test_a_fine_tuned_folder_can_learn_new_categories(
    engine: ExtractiveEngine, task: PointingTask, tmp_path: Path
) -> None:
    task.save(tmp_path / "base", engine.manifest)
    options = TrainingOptions(
        dataset=("unused",), model=str(tmp_path / "base"), output=Path("unused")
    )
    wider = load_task(options, [*CATEGORIES, "network"])
    assert isinstance(wider, PointingTask)
    assert wider.model.category_scores.out_features == 3
    torch.testing.assert_close(
        wider.model.category_scores.weight[:2], task.model.category_scores.weight
    )


def test_a_folder_with_fewer_surface_features_answers_and_learns_on(
    task: PointingTask, tmp_path: Path
) -> None:
    narrow = PointingModel(
        PointingConfig(**{**task.model.config.to_diff_dict(), "feature_count": FEATURE_COUNT - 1})
    )
    widened = PointingModel(PointingConfig(**narrow.config.to_diff_dict()))
    widened.load_state_dict(narrow.state_dict())
    widened.extend_features(FEATURE_COUNT)
    for model in (narrow, widened):
        model.train(mode=False)
    tokenizer = AutoTokenizer.from_pretrained(make_bert(tmp_path / "bert"))
    report = RECORDS[0].input
    few = PointingInputBuilder(tokenizer, 256, 128, FEATURE_COUNT - 1).build(report)
    all_of_them = PointingInputBuilder(tokenizer, 256, 128).build(report)
    with torch.inference_mode():
        before = narrow(collate([few], 0, FEATURE_COUNT - 1))
        after = widened(collate([all_of_them], 0))
    torch.testing.assert_close(before.segments, after.segments)
    torch.testing.assert_close(before.categories, after.categories)


def test_a_folder_that_weighs_all_segments_alike_answers_and_learns_to_weigh(
    engine: ExtractiveEngine, task: PointingTask
) -> None:
    config = {**task.model.config.to_diff_dict(), "weighs_segments": False}
    alike = PointingModel(PointingConfig(**config)).train(mode=False)
    items = [engine.prepare(one.input) for one in RECORDS]
    batch = collate(items, pad_id=0)
    with torch.inference_mode():
        before = alike(batch)
        served = Pointer(alike, "float32", torch.device("cpu"))(items)
    alike.weigh_segments()
    assert alike.config.weighs_segments
    with torch.inference_mode():
        after = alike(batch)
    for scores in (served, after):
        torch.testing.assert_close(scores.categories, before.categories, atol=1e-4, rtol=1e-4)
    torch.nn.init.constant_(alike.segment_weights.weight, 3.0)
    with torch.inference_mode():
        assert not torch.allclose(alike(batch).not_stated, before.not_stated)


def test_a_folder_of_a_later_release_is_refused(task: PointingTask, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_bert(tmp_path / "bert"))
    with pytest.raises(ValueError, match="it is from a later one"):
        PointingInputBuilder(tokenizer, 256, 128, FEATURE_COUNT + 1)
    with pytest.raises(ValueError, match="surface features"):
        task.model.extend_features(FEATURE_COUNT - 1)
