"""The HTTP app: the same for the Serve ingress and for one process."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import APIRouter, Body, FastAPI, Query, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from deployments import examples, problems
from deployments.body_limit import BodyLimitMiddleware
from deployments.client import SummarizerClient
from deployments.disconnect import unless_gone
from deployments.json_route import JsonRoute
from deployments.logs import REQUEST_ID_HEADER, RequestLogMiddleware
from deployments.reports import ReportService
from deployments.settings import Settings
from schemas.manifest import ModelDescription
from schemas.report import InferenceRequest
from schemas.service import BatchRequest, BatchResponse, Health, Ready
from schemas.summary import InferenceResponse

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

DetailsFlag = Annotated[
    bool,
    Query(
        description="Add per field its confidence, its origin and where it stands in the request."
    ),
]


def create_app(
    summarizer: SummarizerClient,
    settings: Settings,
    *,
    lifespan: Lifespan | None = None,
    sends_request_id: bool = True,
) -> FastAPI:
    """Build the app. `sends_request_id` is off behind a proxy that puts the id into answers."""
    app = FastAPIOffline(
        redoc_url=None,
        title="Bug Summarizer",
        version="0.1.0",
        description="Reads bug reports and answers with structured summaries.",
        lifespan=lifespan,
    )
    app.include_router(_inference_routes(ReportService(summarizer, settings)))
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
        allow_headers=("Content-Type", REQUEST_ID_HEADER),
        expose_headers=("Retry-After", REQUEST_ID_HEADER),
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
    async def infer(
        request: Request,
        report: Annotated[InferenceRequest, Body(openapi_examples=examples.REPORT_EXAMPLES)],
        details: DetailsFlag = False,
    ) -> Response:
        request.state.log_fields["report_id"] = report.id
        answer = await unless_gone(
            request, service.answer(report, request.state.request_id, details)
        )
        return JSONResponse(answer.to_wire())

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
        details: DetailsFlag = False,
    ) -> Response:
        request.state.log_fields["reports"] = len(batch.reports)
        results = await unless_gone(
            request, service.answer_all(batch.reports, request.state.request_id, details)
        )
        return JSONResponse({"results": results})

    return router


def _service_routes(summarizer: SummarizerClient) -> APIRouter:
    router = APIRouter(tags=["service"])

    @router.get("/health", summary="Whether the process answers")
    async def health() -> Health:
        return Health()

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
