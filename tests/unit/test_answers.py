"""Evaluation answers as the service does, and a report that fails costs its own answer only."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch

from deployments.local import LocalSummarizer, load_engine
from deployments.settings import Settings
from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName
from summarizer.engine import Engine
from summarizer.folder import write_manifest
from summarizer.linear import Precision
from summarizer.scheduler import Limits
from tests.fakes import (
    BREAKS_PREDICT,
    BREAKS_PREPARE,
    BREAKS_STEP,
    FakeDecodingEngine,
    FakeEngine,
)
from tests.project import ROOT
from tests.records import read_file
from tests.scored import summary
from tests.tiny_models import REPORT_TEXTS, make_t5
from training.evaluation.answers import Setup, answers, answers_of, device_for

BUNDLED = ROOT / "models" / "bug-summarizer-minilm"


def records_of(*texts: str) -> list[TrainingRecord]:
    return [
        TrainingRecord(
            input=ReportInput(description=text), output=summary({}, otherwise=NOT_STATED)
        )
        for text in texts
    ]


@pytest.fixture(scope="module")
def writing_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny T5 with thresholds and temperatures, which evaluation must apply as well."""
    folder = make_t5(tmp_path_factory.mktemp("writing") / "model", gated=True, tied=False)
    manifest = ModelManifest(
        kind=ModelKind.ABSTRACTIVE,
        name="tiny",
        version="1",
        base_model="random",
        categories=["crash", "ui"],
        max_target_tokens=8,
        thresholds={FieldName.BUG_CATEGORY: 0.5, FieldName.EXPECTED_BEHAVIOR: 0.02},
        temperatures={FieldName.BUG_CATEGORY: 2.0},
    )
    write_manifest(folder, manifest)
    return folder


async def served(folder: Path, precision: Precision, records: list[TrainingRecord]) -> list[Any]:
    settings = Settings(model=folder, device="cpu", precision=precision, threads=1)
    service = LocalSummarizer(lambda: load_engine(settings, "cpu", 1), settings.limits)
    service.start()
    try:
        given = [await service.summarize(one.input, "r", 60.0) for one in records]
    finally:
        await service.close()
    return [(one.summary, one.details) for one in given]


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_writing_model_is_evaluated_on_what_the_service_answers(
    writing_folder: Path, precision: Precision
) -> None:
    records = records_of(*REPORT_TEXTS, " ".join(REPORT_TEXTS))
    check_as_served(writing_folder, precision, records)


def test_a_pointing_model_is_evaluated_on_what_the_service_answers() -> None:
    records = read_file(ROOT / "data" / "held_out.jsonl").records[:10]
    check_as_served(BUNDLED, "auto", records)


def check_as_served(folder: Path, precision: Precision, records: list[TrainingRecord]) -> None:
    given = answers(folder, records, Setup("cpu", 1, precision))
    found = [(one.summary, one.details) for one in given]
    assert found == asyncio.run(served(folder, precision, records))
    assert len({one.summary.model_dump_json() for one in given if one.summary}) > 1


def test_an_evaluation_has_the_limits_of_a_service_that_is_told_none() -> None:
    assert Setup("cpu", 1).limits == Settings(engine="mock").limits


@pytest.mark.parametrize(
    ("engine", "breaks"),
    [
        pytest.param(FakeEngine(), BREAKS_PREPARE, id="prepare"),
        pytest.param(FakeEngine(), BREAKS_PREDICT, id="predict"),
        pytest.param(FakeDecodingEngine(), BREAKS_PREDICT, id="admit"),
        pytest.param(FakeDecodingEngine(), BREAKS_STEP, id="step"),
    ],
)
async def test_a_report_on_which_the_engine_raises_costs_its_own_answer_only(
    engine: Engine[Any], breaks: str
) -> None:
    texts = [f"report {number}" for number in range(12)]
    texts[5] = f"secret {breaks}"
    given = await answers_of(engine, records_of(*texts), Limits())
    assert [one.failure is not None for one in given] == [at == 5 for at in range(12)]
    assert given[5].summary is None
    assert "secret" not in (given[5].failure or "")
    assert [one.summary.actual_behavior for one in given if one.summary] == [
        text for text in texts if breaks not in text
    ]


async def test_more_records_than_may_wait_are_all_answered() -> None:
    engine = FakeEngine()
    records = records_of(*(f"report {number}" for number in range(30)))
    given = await answers_of(engine, iter(records), Limits(max_batch_size=2, max_waiting=3))
    assert [one.said(FieldName.ACTUAL_BEHAVIOR) for one in given] == [
        one.input.description for one in records
    ]
    assert max(map(len, engine.batches)) <= 2


def test_a_gpu_is_used_unless_it_must_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_for(no_cuda=False) == "cuda"
    assert device_for(no_cuda=True) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_for(no_cuda=False) == "cpu"
