"""The ingress deployment: the HTTP app before the replicas of the Summarizer."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar

from fastapi import FastAPI
from ray.exceptions import RayActorError, RayTaskError, TaskCancelledError
from ray.serve.exceptions import (
    BackPressureError,
    DeploymentUnavailableError,
    RequestCancelledError,
)
from ray.serve.handle import DeploymentHandle

from deployments.back_pressure import BackPressure
from deployments.client import Answer, AnswerStream
from deployments.http import create_app
from deployments.logs import configure_logging
from deployments.ray_metrics import RayMetrics
from deployments.settings import Settings
from schemas.errors import ModelUnavailable, NotReady, QueueFull, SummarizerError
from schemas.manifest import ModelDescription
from schemas.report import ReportInput
from summarizer.metrics import NO_METRICS, Metrics

PROBE_TIMEOUT_S = 5.0
"""A replica that is there answers a question about itself at once."""

T = TypeVar("T")


class Ingress:
    """Builds the HTTP app in its replica, so that no app is ever pickled."""

    def __init__(self, summarizer: DeploymentHandle[Any], settings: Settings) -> None:
        configure_logging(settings.log_level)
        self._metrics = RayMetrics()
        self._summarizer = HandleClient(summarizer, self._metrics)
        self._settings = settings

    def __serve_build_asgi_app__(self) -> FastAPI:
        # Serve's proxy puts the request id into every answer.
        return create_app(self._summarizer, self._settings, self._metrics, sends_request_id=False)


class HandleClient:
    """Reaches the replicas through Serve's handle. Satisfies `SummarizerClient`."""

    def __init__(self, handle: DeploymentHandle[Any], metrics: Metrics = NO_METRICS) -> None:
        self._handle = handle
        self._streaming = handle.options(stream=True)
        self._back_pressure = BackPressure(metrics)

    async def summarize(self, report: ReportInput, request_id: str, timeout_s: float) -> Answer:
        """Answer one report on some replica."""
        with self._back_pressure.asking():
            answer: Answer = await _result(
                self._handle.summarize.remote(report, request_id, timeout_s)
            )
        return answer

    async def stream(self, report: ReportInput, request_id: str, timeout_s: float) -> AnswerStream:
        """Answer one report field by field on some replica."""
        with self._back_pressure.asking():
            async with aclosing(self._fields(report, request_id, timeout_s)) as items:
                async for item in items:
                    yield item

    async def describe(self) -> ModelDescription:
        """Ask some replica for its model."""
        return await _soon(_result(self._handle.describe.remote()))

    async def ready(self) -> None:
        """Ask some replica; there is none before one has answered its probe."""
        await _soon(_result(self._handle.ready.remote()))

    async def _fields(self, report: ReportInput, request_id: str, timeout_s: float) -> AnswerStream:
        response: Any = self._streaming.stream.remote(report, request_id, timeout_s)
        ended = False
        try:
            while True:
                with _errors_of_ours():
                    item = await anext(response)
                ended = isinstance(item, Answer | SummarizerError)
                if isinstance(item, SummarizerError):
                    raise item
                yield item
                if ended:
                    return
        finally:
            if not ended:
                response.cancel()


async def _soon(call: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            return await call
    except TimeoutError:
        raise NotReady("No replica answers yet; try again in a moment.") from None


async def _result(response: Any) -> Any:
    """The result of a call, its errors as those of `schemas.errors`; cancels with its caller.

    `response` is a DeploymentResponse; Ray's types say that it may as well be a stream.
    """
    try:
        with _errors_of_ours():
            result = await response
    except asyncio.CancelledError:
        response.cancel()
        raise
    if isinstance(result, SummarizerError):
        raise result
    return result


@contextmanager
def _errors_of_ours() -> Iterator[None]:
    """Raise what Ray raises as errors of `schemas.errors`."""
    try:
        yield
    except BackPressureError:
        raise QueueFull("Every replica has as many reports as it may have.") from None
    except DeploymentUnavailableError:
        raise ModelUnavailable("No replica could start; the service's log says why.") from None
    except RayActorError:
        raise NotReady("The replica has ended; send the report again.") from None
    except (RequestCancelledError, TaskCancelledError):
        raise NotReady("The replica gave the report back; send it again.") from None
    except RayTaskError as error:
        if isinstance(error.cause, SummarizerError):
            raise error.cause from None
        raise
