"""The Summarizer deployment: one engine per replica."""

from deployments.client import Answer
from deployments.local import LocalSummarizer, load_engine
from deployments.logs import configure_logging
from deployments.resources import Placement
from deployments.settings import Settings
from schemas.errors import SummarizerError
from schemas.manifest import ModelDescription
from schemas.report import ReportInput


class Summarizer:
    """A replica's actor: loads the engine, proves it with one report and answers batches.

    An error of `schemas.errors` is a result of its methods and not raised: Serve would log a
    traceback for each refusal of a full queue.
    """

    def __init__(self, settings: Settings, placement: Placement) -> None:
        configure_logging(settings.log_level)
        self._local = LocalSummarizer(
            lambda: load_engine(settings, placement.device, placement.threads), settings.limits
        )
        self._local.start()

    async def summarize(self, report: ReportInput, request_id: str) -> Answer | SummarizerError:
        """Answer one report; cancelling the call gives the report's place up."""
        try:
            return await self._local.summarize(report, request_id)
        except SummarizerError as error:
            # Pickling leaves the cause behind, whose message may quote the report.
            return error

    async def describe(self) -> ModelDescription:
        """Say which model is loaded."""
        return await self._local.describe()

    async def ready(self) -> None:
        """A replica that takes calls has answered its probe."""
        await self._local.ready()

    async def check_health(self) -> None:
        """Tell Serve that the event loop turns and the model is there."""
        await self._local.ready()
