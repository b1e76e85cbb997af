"""From requests to answers: the time limit, and batches in which each report stands alone."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from deployments import problems
from deployments.cache import CachedSummarizer, CacheStatus
from deployments.client import Answer
from deployments.deadline import Deadline
from deployments.request_options import RequestOptions
from deployments.settings import Settings
from schemas.errors import InvalidReport, SummarizerError
from schemas.report import InferenceRequest, ReportId
from schemas.service import FieldEvent
from schemas.summary import FailedReport, InferenceResponse
from schemas.validation import problems_of
from summarizer.answer import FieldAnswer

_REPORT_ID: TypeAdapter[str] = TypeAdapter(ReportId)


ReportStream = AsyncGenerator[tuple[CacheStatus, FieldEvent | InferenceResponse], None]


class ReportService:
    """Answers requests through a summarizer."""

    def __init__(self, summarizer: CachedSummarizer, settings: Settings) -> None:
        self._summarizer = summarizer
        self._timeout_s = settings.request_timeout_s
        # One running batch and the next one: more at once would only fill the queue, and a large
        # batch must not be refused for its own size.
        self._batch_concurrency = min(2 * settings.max_batch_size, settings.max_waiting)

    async def answer(
        self, request: InferenceRequest, request_id: str, options: RequestOptions
    ) -> tuple[CacheStatus, InferenceResponse]:
        """Answer one report in time, or raise an error of `schemas.errors`."""
        return await self._answer_by(self._deadline(options), request, request_id, options)

    async def stream(
        self, request: InferenceRequest, request_id: str, options: RequestOptions
    ) -> ReportStream:
        """The same field by field, with the whole answer as the last item."""
        deadline = self._deadline(options)
        items = self._summarizer.stream(
            request.input, request_id, deadline.left_s, options.cache_use
        )
        async with aclosing(items):
            while True:
                async with deadline.kept():
                    status, item = await anext(items)
                if isinstance(item, Answer):
                    yield status, _response(request, item, options)
                    return
                yield status, _event(request, item, options)

    async def answer_all(
        self, reports: Sequence[Any], request_id: str, options: RequestOptions
    ) -> list[dict[str, Any]]:
        """One JSON object per report, in order: its answer, or its id and problem."""
        deadline = self._deadline(options)
        free = asyncio.Semaphore(self._batch_concurrency)

        async def one(position: int, report: Any) -> dict[str, Any]:
            try:
                request = _checked(position, report)
                async with free:
                    _, answer = await self._answer_by(deadline, request, request_id, options)
                return answer.to_wire()
            except SummarizerError as error:
                failure = error
            except Exception as error:  # noqa: BLE001 - `unexpected` logs it
                failure = problems.unexpected(error)
            failed = FailedReport(id=_id_of(report), problem=failure.to_problem())
            return failed.model_dump(mode="json")

        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(one(position, report)) for position, report in enumerate(reports)
            ]
        return [task.result() for task in tasks]

    def _deadline(self, options: RequestOptions) -> Deadline:
        return Deadline(min(options.timeout_s, self._timeout_s))

    async def _answer_by(
        self,
        deadline: Deadline,
        request: InferenceRequest,
        request_id: str,
        options: RequestOptions,
    ) -> tuple[CacheStatus, InferenceResponse]:
        async with deadline.kept():
            status, answer = await self._summarizer.summarize(
                request.input, request_id, deadline.left_s, options.cache_use
            )
        return status, _response(request, answer, options)


def _response(
    request: InferenceRequest, answer: Answer, options: RequestOptions
) -> InferenceResponse:
    return InferenceResponse(
        id=request.id,
        summary=answer.summary,
        model=answer.model,
        timestamp=datetime.now(UTC),
        details=answer.details if options.details else None,
    )


def _event(request: InferenceRequest, field: FieldAnswer, options: RequestOptions) -> FieldEvent:
    return FieldEvent(
        id=request.id,
        field=field.name,
        text=field.text,
        details=field.details if options.details else None,
    )


def _checked(position: int, report: Any) -> InferenceRequest:
    try:
        return InferenceRequest.model_validate(report)
    except ValidationError as error:
        found = problems_of(
            {**detail, "loc": ("reports", position, *detail["loc"])}
            for detail in error.errors(include_url=False, include_input=False)
        )
        refusal: InvalidReport = problems.invalid(found)
    # Not in the handler: the error there holds the report, and would be this one's context.
    raise refusal


def _id_of(report: Any) -> str | None:
    """The id of a report that may be anything, where it has a valid one."""
    try:
        return _REPORT_ID.validate_python(report["id"], strict=True)
    except (ValidationError, TypeError, KeyError, IndexError):
        return None
