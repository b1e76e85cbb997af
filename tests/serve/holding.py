"""A Summarizer whose reports can say how long the model is to work on them."""

from collections.abc import Sequence
from pathlib import Path

from deployments.local import LocalSummarizer
from deployments.resources import Placement
from deployments.settings import Settings
from deployments.summarizer import Summarizer
from summarizer.engine import Prediction
from tests.fakes import FakeEngine, FakeReport
from tests.waiting import eventually_blocking

HOLD = "hold until there is "


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


class HoldingSummarizer(Summarizer):
    """The deployment with that engine in it."""

    def __init__(self, settings: Settings, placement: Placement) -> None:
        assert placement == Placement("cpu", threads=1, num_cpus=0, num_gpus=0)
        self._local = LocalSummarizer(HoldingEngine, settings.limits)
        self._local.start()
