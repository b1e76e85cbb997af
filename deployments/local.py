"""An engine in this process: what a replica owns, and what the one-process app calls."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import PlainTextResponse

from deployments.client import Answer, AnswerStream
from deployments.fingerprint import fingerprint_of
from deployments.http import create_app
from deployments.logs import configure_logging, request_id_context
from deployments.metrics import PrometheusMetrics
from deployments.resources import fitting_threads, usable_cores
from deployments.settings import Settings
from schemas.errors import NotReady
from schemas.manifest import ModelDescription
from schemas.report import Environment, ReportInput
from schemas.summary import Details, ModelReference, Summary
from summarizer import folder
from summarizer.answer import FieldAnswer, assemble
from summarizer.engine import Engine, predict_all
from summarizer.engines.mock import MockEngine
from summarizer.loop import EngineLoop
from summarizer.metrics import NO_METRICS, Metrics
from summarizer.scheduler import Limits
from summarizer.threads import on_passing_thread

PROBE = ReportInput(
    description="The window closes without a message when the save button is pressed.",
    env=Environment(os="Linux"),
)
"""The report that is answered before any other, to know that the model works."""


class LocalSummarizer:
    """Loads an engine, proves it with one report and answers the others with it.

    Satisfies `SummarizerClient`. `fingerprint` says, after the engine was loaded, what was.
    """

    def __init__(
        self,
        load: Callable[[], Engine[Any]],
        limits: Limits,
        *,
        fingerprint: Callable[[], str] = str,
        metrics: Metrics = NO_METRICS,
        longest_turn_s: float = math.inf,
    ) -> None:
        self._load = load
        self._limits = limits
        self._fingerprint_of = fingerprint
        self._metrics = metrics
        self._longest_turn_s = longest_turn_s
        self._fingerprint = ""
        self._engine: Engine[Any] | None = None
        self._loop: EngineLoop[Any] | None = None

    def start(self) -> None:
        """Load the engine and run a real inference, which takes seconds; raises what they raise."""
        engine = on_passing_thread(self._proven_engine)
        self._fingerprint = self._fingerprint_of()
        self._engine = engine
        self._loop = EngineLoop(
            engine, self._limits, self._metrics, longest_turn_s=self._longest_turn_s
        )

    async def close(self) -> None:
        """Fail the reports that wait and end the threads."""
        if self._loop is not None:
            await self._loop.close()

    def check_health(self) -> None:
        """Raise NotReady where no inference has worked, and ModelUnhealthy where none works now."""
        self._started()[1].check_health()

    async def summarize(self, report: ReportInput, request_id: str, timeout_s: float) -> Answer:
        """Answer one report."""
        engine, loop = self._started()
        with request_id_context(request_id):
            summary, details = await loop.summarize(report, timeout_s)
        return self._answer(engine, summary, details)

    async def stream(self, report: ReportInput, request_id: str, timeout_s: float) -> AnswerStream:
        """Answer one report field by field."""
        engine, loop = self._started()
        fields: asyncio.Queue[FieldAnswer | None] = asyncio.Queue()
        # A task takes its context when it is made; what is set around a `yield` could not be undone
        # where another task goes on with the stream.
        with request_id_context(request_id):
            work = asyncio.create_task(loop.summarize(report, timeout_s, fields.put_nowait))
        work.add_done_callback(lambda _: fields.put_nowait(None))
        try:
            while (field := await fields.get()) is not None:
                yield field
            yield self._answer(engine, *await work)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def describe(self) -> ModelDescription:
        """Say which model is loaded."""
        engine, _ = self._started()
        manifest = engine.manifest
        return ModelDescription(
            name=manifest.name,
            version=manifest.version,
            fingerprint=self._fingerprint,
            kind="mock" if isinstance(engine, MockEngine) else manifest.kind.value,
            base=manifest.base_model,
            fields=manifest.fields,
            categories=manifest.categories,
            metrics=manifest.metrics,
            licence=manifest.licence,
        )

    async def ready(self) -> None:
        """Return where the probe has been answered and the model works, else raise NotReady."""
        self.check_health()

    def _proven_engine(self) -> Engine[Any]:
        engine = self._load()
        (prediction,) = predict_all(engine, [engine.prepare(PROBE)])
        assemble(PROBE, prediction, engine.manifest)
        return engine

    def _answer(self, engine: Engine[Any], summary: Summary, details: Details) -> Answer:
        model = ModelReference(name=engine.manifest.name, version=engine.manifest.version)
        return Answer(summary, details, model, self._fingerprint)

    def _started(self) -> tuple[Engine[Any], EngineLoop[Any]]:
        if self._engine is None or self._loop is None:
            raise NotReady("The model is being loaded; try again in a moment.")
        return self._engine, self._loop


def load_engine(settings: Settings, device: str, threads: int) -> Engine[Any]:
    """The engine that the settings name, on a device that has been chosen."""
    return folder.load_engine(
        settings.model_folder,
        settings.engine,
        device,
        threads,
        precision=settings.precision,
        limits=settings.limits,
    )


def create_local_app(settings: Settings) -> FastAPI:
    """The whole service in one process: the engine is loaded when the server starts."""
    metrics = PrometheusMetrics()
    summarizer = LocalSummarizer(
        lambda: load_engine(settings, _device_here(settings), _threads_here(settings)),
        settings.limits,
        fingerprint=lambda: fingerprint_of(settings, _device_here(settings)),
        metrics=metrics,
        longest_turn_s=settings.longest_turn_s,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        configure_logging(settings.log_level)
        await asyncio.to_thread(summarizer.start)
        try:
            yield
        finally:
            await summarizer.close()

    app = create_app(summarizer, settings, metrics, lifespan=lifespan)
    app.include_router(_metrics_route(metrics))
    return app


def _metrics_route(metrics: PrometheusMetrics) -> APIRouter:
    router = APIRouter(tags=["service"])

    @router.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=PlainTextResponse,
    )
    async def show() -> Response:
        return Response(metrics.render(), media_type=metrics.content_type)

    return router


def _threads_here(settings: Settings) -> int:
    return settings.threads or fitting_threads(usable_cores(), replicas=1)


def _device_here(settings: Settings) -> str:
    if settings.device != "auto" or settings.engine == "mock":
        return settings.device
    import torch  # noqa: PLC0415 - only where a model runs

    return "cuda" if torch.cuda.is_available() else "cpu"
