"""Summarizers whose reports say how long the model is to work on them, or that it is to break."""

import os
from collections.abc import Sequence
from pathlib import Path

from deployments.local import LocalSummarizer
from deployments.ray_metrics import RayMetrics
from deployments.resources import Placement
from deployments.settings import Settings
from deployments.summarizer import Summarizer
from schemas.summary import FieldName, Origin
from summarizer.engine import FieldPrediction, Prediction
from tests.fakes import FakeEngine, FakeReport
from tests.waiting import eventually_blocking

HOLD = "hold until there is "
BREAK_FOR_EVER = "break for ever"


def running_mark(gate: Path) -> Path:
    """What exists as soon as the model works on the report that waits for `gate`."""
    return gate.with_suffix(".running")


class HoldingEngine(FakeEngine):
    """Works on a report `hold until there is PATH` until there is such a file."""

    def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
        """Wait for the files, then answer."""
        for report in batch:
            if report.text.startswith(HOLD):
                gate = Path(report.text.removeprefix(HOLD))
                running_mark(gate).touch()
                eventually_blocking(gate.exists, within_s=60)
        return super().predict(batch)


class BreakableEngine(FakeEngine):
    """Answers with the id of its process, until it is told to break."""

    def __init__(self) -> None:
        super().__init__()
        self._broken = False

    def predict(self, batch: Sequence[FakeReport]) -> list[Prediction]:
        """Answer, or raise for ever."""
        self._broken = self._broken or any(report.text == BREAK_FOR_EVER for report in batch)
        if self._broken:
            raise RuntimeError("the device is lost")
        process = FieldPrediction(str(os.getpid()), 0.9, Origin.GENERATED)
        return [{FieldName.ACTUAL_BEHAVIOR: process} for _ in batch]


class HoldingSummarizer(Summarizer):
    """The deployment with an engine that can be held."""

    engine: type[FakeEngine] = HoldingEngine

    def __init__(self, settings: Settings, placement: Placement) -> None:
        assert placement == Placement("cpu", threads=1, num_cpus=0, num_gpus=0)
        self._metrics = RayMetrics()
        self._local = LocalSummarizer(self.engine, settings.limits, metrics=self._metrics)
        self._local.start()


class BreakableSummarizer(HoldingSummarizer):
    """The deployment with an engine that can break."""

    engine = BreakableEngine
