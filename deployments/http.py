"""The HTTP app: the same for the Serve ingress and for one process."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import APIRouter, Body, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response, StreamingResponse

from deployments import VERSION, examples, problems
from deployments.body_limit import BodyLimitMiddleware
from deployments.cache import CachedSummarizer
from deployments.client import SummarizerClient
from deployments.disconnect import unless_gone
from deployments.event_stream import EventStreamResponse
from deployments.json_route import JsonRoute
from deployments.logs import REQUEST_ID_HEADER, RequestLogMiddleware
from deployments.reports import ReportService
from deployments.request_options import TIMEOUT_HEADER, RequestOptions, request_options
from deployments.settings import Settings
from schemas.manifest import ModelDescription
from schemas.report import InferenceRequest
from schemas.service import BatchRequest, BatchResponse, Health, Ready
from schemas.summary import InferenceResponse
from summarizer.metrics import Metrics

CACHE_STATUS_HEADER = "Cache-Status"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

Report = Annotated[InferenceRequest, Body(openapi_examples=examples.REPORT_EXAMPLES)]
Options = Annotated[RequestOptions, Depends(request_options)]


def create_app(
    summarizer: SummarizerClient,
    settings: Settings,
    metrics: Metrics,
    *,
    lifespan: Lifespan | None = None,
    sends_request_id: bool = True,
) -> FastAPI:
    """Build the app. `sends_request_id` is off behind a proxy that puts the id into answers."""
    app = FastAPIOffline(
        redoc_url=None,
        title="Bug Summarizer",
        version=VERSION,
        description="Reads bug reports and answers with structured summaries.",
        lifespan=lifespan,
    )
    cached = CachedSummarizer(summarizer, settings.cache_entries, settings.cache_bytes, metrics)
    service = ReportService(cached, settings)
    app.include_router(_inference_routes(service))
    app.include_router(_stream_route(service))
    app.include_router(_service_routes(summarizer))
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(
        BodyLimitMiddleware, max_bytes=settings.max_body_bytes, respond=problems.error_response
    )
    app.add_middleware(problems.UnexpectedErrorMiddleware)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_credentials=settings.cors_allow_credentials,
        allow_methods=("GET", "POST"),
        allow_headers=("Cache-Control", "Content-Type", REQUEST_ID_HEADER, TIMEOUT_HEADER),
        expose_headers=(CACHE_STATUS_HEADER, "Retry-After", REQUEST_ID_HEADER),
    )
    app.add_middleware(RequestLogMiddleware, sends_request_id=sends_request_id)
    return app


def _inference_routes(service: ReportService) -> APIRouter:
    router = APIRouter(route_class=JsonRoute, tags=["inference"])

    @router.post(
        "/inference",
        summary="Summarize one report",
        response_model=InferenceResponse,
        responses=examples.example_answer(examples.ANSWER)
        | examples.error_answers(400, 413, 415, 422, 429, 500, 503, 504),
    )
    async def infer(request: Request, report: Report, options: Options) -> Response:
        request.state.log_fields["report_id"] = report.id
        status, answer = await unless_gone(
            request.receive, service.answer(report, request.state.request_id, options)
        )
        request.state.log_fields["cache"] = status.name.lower()
        return JSONResponse(answer.to_wire(), headers={CACHE_STATUS_HEADER: status})

    @router.post(
        "/inference/batch",
        summary="Summarize up to 64 reports",
        description="Each report is checked and answered by itself: the results stand in the "
        "order of the reports, and a failed one is `{id, problem}`.",
        response_model=BatchResponse,
        responses=examples.example_answer({"results": [examples.ANSWER, examples.FAILED]})
        | examples.error_answers(400, 413, 415, 422, 500),
    )
    async def infer_batch(
        request: Request,
        batch: Annotated[BatchRequest, Body(openapi_examples=examples.BATCH_EXAMPLES)],
        options: Options,
    ) -> Response:
        request.state.log_fields["reports"] = len(batch.reports)
        results = await unless_gone(
            request.receive,
            service.answer_all(batch.reports, request.state.request_id, options),
        )
        return JSONResponse({"results": results})

    return router


def _stream_route(service: ReportService) -> APIRouter:
    router = APIRouter(route_class=JsonRoute, tags=["inference"])

    @router.post(
        "/inference/stream",
        summary="Summarize one report, each field as soon as it is finished",
        description="Server-sent events, each with a line of JSON as its data. `field`: a field "
        "that is finished, `{id, field, text}` and its `details` if they are asked for; all five "
        "come, in any order. `summary`, the last event: what `/inference` answers. `error`, in its "
        "place: the problem that came up after the first event; one before it is an answer with a "
        "status. Whoever closes the connection gives the report up.",
        # Of no media type: `responses` says what FastAPI would call a string.
        response_class=StreamingResponse,
        status_code=200,
        responses=examples.example_stream()
        | examples.error_answers(400, 413, 415, 422, 429, 500, 503, 504),
    )
    async def infer_stream(request: Request, report: Report, options: Options) -> Response:
        request.state.log_fields["report_id"] = report.id
        items = service.stream(report, request.state.request_id, options)
        status, first = await unless_gone(request.receive, anext(items))
        request.state.log_fields["cache"] = status.name.lower()
        return EventStreamResponse(first, items, headers={CACHE_STATUS_HEADER: status})

    return router


def _service_routes(summarizer: SummarizerClient) -> APIRouter:
    router = APIRouter(tags=["service"])

    # Probes and load balancers may ask with HEAD.
    @router.head("/health", include_in_schema=False)
    @router.get("/health", summary="Whether the process answers")
    async def health() -> Health:
        return Health()

    @router.head("/ready", include_in_schema=False)
    @router.get(
        "/ready",
        summary="Whether a real inference has worked",
        responses=examples.error_answers(500, 503),
    )
    async def ready() -> Ready:
        await summarizer.ready()
        return Ready()

    @router.get(
        "/model",
        summary="Which model answers",
        responses=examples.error_answers(500, 503),
    )
    async def model() -> ModelDescription:
        return await summarizer.describe()

    return router
