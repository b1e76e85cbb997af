"""Every error becomes problem details (RFC 9457), here and nowhere else."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.disconnect import ClientGoneError
from deployments.logs import CLIENT_GONE
from schemas.errors import InvalidReport, MalformedJson, QueueFull, SummarizerError
from schemas.problem import MEDIA_TYPE, FieldProblem, Problem
from schemas.validation import problems_of
from summarizer.failure import describe

MAX_FIELD_PROBLEMS = 50
"""As many bad fields are named; a body of nothing but errors gets no answer larger than itself."""

logger = logging.getLogger(__name__)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """An error answer."""
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=problem.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def error_response(error: SummarizerError) -> Response:
    """The answer to an error of our own."""
    headers = {}
    if isinstance(error, QueueFull):
        headers["Retry-After"] = str(error.retry_after_s)
    return problem_response(error.to_problem(), headers)


def invalid(problems: tuple[FieldProblem, ...]) -> InvalidReport:
    """The error for bad fields."""
    count = len(problems)
    detail = "One field is invalid." if count == 1 else f"{count} fields are invalid."
    if count > MAX_FIELD_PROBLEMS:
        detail += f" The first {MAX_FIELD_PROBLEMS} are listed."
    return InvalidReport(detail, problems[:MAX_FIELD_PROBLEMS])


def unexpected(error: Exception) -> SummarizerError:
    """Log an exception that is not ours, without its message, and say nothing of it outside."""
    logger.error("Unexpected exception\n%s", describe(error))
    return SummarizerError("Something unexpected went wrong; the service's log says where.")


def install(app: FastAPI) -> None:
    """Answer every exception that a route raises on purpose with problem details."""
    app.add_exception_handler(SummarizerError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(ClientGoneError, _on_client_gone)


class UnexpectedErrorMiddleware:
    """Answers whatever else is raised with 500. A pure ASGI middleware.

    The exception ends here: a server that saw it would log its message, which may quote a report.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app and answer what it raises."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - `unexpected` logs it
            failure = unexpected(error)
            if not started:
                await error_response(failure)(scope, receive, send)


async def _on_error(_request: Request, error: Exception) -> Response:
    return error_response(cast(SummarizerError, error))


async def _on_invalid(_request: Request, error: Exception) -> Response:
    details = cast(RequestValidationError, error).errors()
    first = details[0]
    if first["type"] == "json_invalid":
        return error_response(
            MalformedJson(
                f"The body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}."
            )
        )
    problems: list[FieldProblem] = []
    for detail in details:
        in_body = detail["loc"][0] == "body"
        problems.extend(problems_of([detail], skip=1 if in_body else 0))
    return error_response(invalid(tuple(problems)))


async def _on_http_exception(_request: Request, error: Exception) -> Response:
    raised = cast(HTTPException, error)
    if raised.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI raises this where a body is not even text, or nests too deeply.
        return error_response(MalformedJson("The body cannot be read as JSON."))
    status = HTTPStatus(raised.status_code)
    problem = Problem(
        type="about:blank",
        title=status.phrase,
        status=raised.status_code,
        detail=f"{status.description or status.phrase}.",
    )
    return problem_response(problem, raised.headers)


async def _on_client_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_GONE)
