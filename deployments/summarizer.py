"""The Summarizer deployment: one engine per replica."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from deployments.client import Answer
from deployments.fingerprint import fingerprint_of
from deployments.local import LocalSummarizer, load_engine
from deployments.logs import configure_logging
from deployments.ray_metrics import RayMetrics
from deployments.resources import Placement
from deployments.settings import Settings
from schemas.errors import SummarizerError
from schemas.manifest import ModelDescription
from schemas.report import ReportInput
from summarizer.answer import FieldAnswer


class Summarizer:
    """A replica's actor: loads the engine, proves it with one report and answers the others.

    An error of `schemas.errors` is a result of its methods and not raised: Serve would log a
    traceback for each refusal of a full queue.
    """

    def __init__(self, settings: Settings, placement: Placement) -> None:
        configure_logging(settings.log_level)
        self._metrics = RayMetrics()
        self._local = LocalSummarizer(
            lambda: load_engine(settings, placement.device, placement.threads),
            settings.limits,
            fingerprint=lambda: fingerprint_of(settings, placement.device),
            metrics=self._metrics,
            longest_turn_s=settings.longest_turn_s,
        )
        self._local.start()

    async def summarize(
        self, report: ReportInput, request_id: str, timeout_s: float
    ) -> Answer | SummarizerError:
        """Answer one report; cancelling the call gives the report's place up."""
        try:
            return await self._local.summarize(report, request_id, timeout_s)
        except SummarizerError as error:
            # Pickling leaves the cause behind, whose message may quote the report.
            return error

    async def stream(
        self, report: ReportInput, request_id: str, timeout_s: float
    ) -> AsyncGenerator[FieldAnswer | Answer | SummarizerError, None]:
        """Answer one report field by field; an error is the last item."""
        try:
            async with aclosing(self._local.stream(report, request_id, timeout_s)) as items:
                async for item in items:
                    yield item
        except SummarizerError as error:
            yield error

    async def describe(self) -> ModelDescription:
        """Say which model is loaded."""
        return await self._local.describe()

    async def ready(self) -> SummarizerError | None:
        """A replica that takes calls has answered its probe; its model may have failed since."""
        try:
            await self._local.ready()
        except SummarizerError as error:
            return error
        return None

    async def check_health(self) -> None:
        """Raise where the model keeps failing or is stuck; Serve then replaces the replica.

        Serve asks every few seconds, which keeps the gauges alive too.
        """
        self._metrics.repeat_gauges()
        self._local.check_health()
