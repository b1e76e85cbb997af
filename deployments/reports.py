"""From requests to answers: the time limit, and batches in which each report stands alone."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from deployments import problems
from deployments.client import SummarizerClient
from deployments.settings import Settings
from schemas.errors import InvalidReport, RequestTimeout, SummarizerError
from schemas.report import InferenceRequest, ReportId
from schemas.summary import FailedReport, InferenceResponse
from schemas.validation import problems_of

_REPORT_ID: TypeAdapter[str] = TypeAdapter(ReportId)


class ReportService:
    """Answers requests through a summarizer."""

    def __init__(self, summarizer: SummarizerClient, settings: Settings) -> None:
        self._summarizer = summarizer
        self._timeout_s = settings.request_timeout_s
        # One running batch and the next one: more at once would only fill the queue, and a large
        # batch must not be refused for its own size.
        self._batch_concurrency = min(2 * settings.max_batch_size, settings.max_waiting)

    async def answer(
        self, request: InferenceRequest, request_id: str, details: bool
    ) -> InferenceResponse:
        """Answer one report in time, or raise an error of `schemas.errors`."""
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        return await self._answer_by(deadline, request, request_id, details)

    async def answer_all(
        self, reports: Sequence[Any], request_id: str, details: bool
    ) -> list[dict[str, Any]]:
        """One JSON object per report, in order: its answer, or its id and problem."""
        deadline = asyncio.get_running_loop().time() + self._timeout_s
        free = asyncio.Semaphore(self._batch_concurrency)

        async def one(position: int, report: Any) -> dict[str, Any]:
            try:
                request = _checked(position, report)
                async with free:
                    answer = await self._answer_by(deadline, request, request_id, details)
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

    async def _answer_by(
        self, deadline: float, request: InferenceRequest, request_id: str, details: bool
    ) -> InferenceResponse:
        limit = asyncio.timeout_at(deadline)
        try:
            async with limit:
                answer = await self._summarizer.summarize(request.input, request_id)
        except TimeoutError:
            if not limit.expired():
                raise
            raise RequestTimeout(
                f"The answer took longer than {self._timeout_s:g} s; send a shorter report or try "
                "again later."
            ) from None
        return InferenceResponse(
            id=request.id,
            summary=answer.summary,
            model=answer.model,
            timestamp=datetime.now(UTC),
            details=answer.details if details else None,
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
