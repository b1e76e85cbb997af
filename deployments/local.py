"""An engine in this process: what a replica owns, and what the one-process app calls."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from deployments.client import Answer
from deployments.http import create_app
from deployments.logs import configure_logging, request_id_context
from deployments.resources import fitting_threads, usable_cores
from deployments.settings import Settings
from schemas.errors import NotReady
from schemas.manifest import ModelDescription
from schemas.report import Environment, ReportInput
from schemas.summary import ModelReference
from summarizer import folder
from summarizer.answer import assemble
from summarizer.batcher import Batcher
from summarizer.engine import Engine
from summarizer.engines.mock import MockEngine
from summarizer.scheduler import Limits

PROBE = ReportInput(
    description="The window closes without a message when the save button is pressed.",
    env=Environment(os="Linux"),
)
"""The report that is answered before any other, to know that the model works."""


class LocalSummarizer:
    """Loads an engine, proves it with one report and answers the others in batches.

    Satisfies `SummarizerClient`.
    """

    def __init__(self, load: Callable[[], Engine[Any]], limits: Limits) -> None:
        self._load = load
        self._limits = limits
        self._engine: Engine[Any] | None = None
        self._batcher: Batcher[Any] | None = None

    def start(self) -> None:
        """Load the engine and run a real inference, which takes seconds; raises what they raise."""
        engine = self._load()
        (prediction,) = engine.predict([engine.prepare(PROBE)])
        assemble(PROBE, prediction, engine.manifest)
        self._engine, self._batcher = engine, Batcher(engine, self._limits)

    async def close(self) -> None:
        """Fail the reports that wait and end the threads."""
        if self._batcher is not None:
            await self._batcher.close()

    async def summarize(self, report: ReportInput, request_id: str) -> Answer:
        """Answer one report."""
        engine, batcher = self._started()
        with request_id_context(request_id):
            summary, details = await batcher.summarize(report)
        manifest = engine.manifest
        return Answer(
            summary, details, ModelReference(name=manifest.name, version=manifest.version)
        )

    async def describe(self) -> ModelDescription:
        """Say which model is loaded."""
        engine, _ = self._started()
        manifest = engine.manifest
        return ModelDescription(
            name=manifest.name,
            version=manifest.version,
            kind="mock" if isinstance(engine, MockEngine) else manifest.kind.value,
            base=manifest.base_model,
            fields=manifest.fields,
            categories=manifest.categories,
            metrics=manifest.metrics,
            licence=manifest.licence,
        )

    async def ready(self) -> None:
        """Return once the probe has been answered, else raise NotReady."""
        self._started()

    def _started(self) -> tuple[Engine[Any], Batcher[Any]]:
        if self._engine is None or self._batcher is None:
            raise NotReady("The model is being loaded; try again in a moment.")
        return self._engine, self._batcher


def load_engine(settings: Settings, device: str, threads: int) -> Engine[Any]:
    """The engine that the settings name, on a device that has been chosen."""
    return folder.load_engine(settings.model_folder, settings.engine, device, threads)


def create_local_app(settings: Settings) -> FastAPI:
    """The whole service in one process: the engine is loaded when the server starts."""
    summarizer = LocalSummarizer(lambda: _load_here(settings), settings.limits)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings.log_level)
        await asyncio.to_thread(summarizer.start)
        try:
            yield
        finally:
            await summarizer.close()

    return create_app(summarizer, settings, lifespan=lifespan)


def _load_here(settings: Settings) -> Engine[Any]:
    threads = settings.threads or fitting_threads(usable_cores(), replicas=1)
    device = settings.device
    if device == "auto" and settings.engine != "mock":
        import torch  # noqa: PLC0415 - only where a model runs

        device = "cuda" if torch.cuda.is_available() else "cpu"
    return load_engine(settings, device, threads)
