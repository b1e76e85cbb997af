"""What engines have in common: answering in one call, and many reports at once without a loop."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.engine import Engine, Prediction, Progress, predict_all
from tests.fakes import (
    BREAKS_PREDICT,
    BREAKS_STEP,
    DECODED_FIELDS,
    FakeDecodingEngine,
    FakeEngine,
    FakeReport,
)

TEXTS = ["a steps=5", "b steps=1", "c steps=3"]


def predict(engine: Engine[Any], texts: Sequence[str]) -> list[Prediction]:
    return predict_all(engine, [engine.prepare(ReportInput(description=text)) for text in texts])


@pytest.mark.parametrize(
    "engine", [FakeEngine(), FakeDecodingEngine()], ids=["one shot", "decoding"]
)
def test_predictions_come_in_the_order_of_the_reports(engine: Engine[Any]) -> None:
    predictions = predict(engine, TEXTS)
    assert [each[FieldName.ACTUAL_BEHAVIOR].text for each in predictions] == TEXTS
    assert predict(engine, []) == []


def test_the_fields_of_all_steps_are_put_together() -> None:
    engine = FakeDecodingEngine()
    assert [tuple(each) for each in predict(engine, TEXTS)] == [DECODED_FIELDS] * 3
    assert engine.steps == [
        TEXTS,
        [TEXTS[0], TEXTS[2]],
        [TEXTS[0], TEXTS[2]],
        [TEXTS[0]],
        [TEXTS[0]],
    ]


@pytest.mark.parametrize("text", [BREAKS_PREDICT, BREAKS_STEP])
def test_after_a_failure_nothing_is_left_in_the_engine(text: str) -> None:
    engine = FakeDecodingEngine()
    with pytest.raises(RuntimeError):
        predict(engine, ["good one", text])
    assert engine.live_rows == 0
    assert len(predict(engine, TEXTS)) == 3


def test_reports_that_an_engine_forgets_are_an_error() -> None:
    class Forgetful(FakeDecodingEngine):
        def admit(self, reports: Mapping[int, FakeReport]) -> list[Progress]:
            return []

    with pytest.raises(RuntimeError, match="2 reports unanswered"):
        predict(Forgetful(), ["a", "b"])


def test_a_one_shot_engine_answers_at_admission() -> None:
    engine = FakeEngine()
    progress = engine.admit({7: FakeReport("seven"), 3: FakeReport("three")})
    assert [(each.ticket, each.done) for each in progress] == [(7, True), (3, True)]
    assert progress[1].fields[FieldName.ACTUAL_BEHAVIOR].text == "three"
    assert engine.live_rows == 0
    assert engine.step() == []
    engine.drop([7, 99])


def test_too_few_predictions_are_an_error() -> None:
    class Short(FakeEngine):
        def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
            return super().predict(batch)[1:]

    with pytest.raises(RuntimeError, match="1 predictions for 2 reports"):
        Short().admit({0: FakeReport("a"), 1: FakeReport("b")})
