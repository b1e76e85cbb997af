"""The client behind the ingress: what Ray raises becomes an error of ours."""

import asyncio
import pickle
from collections.abc import Generator
from typing import Any, cast

import pytest
from ray.exceptions import RayActorError, RayTaskError, TaskCancelledError
from ray.serve.exceptions import (
    BackPressureError,
    DeploymentUnavailableError,
    RequestCancelledError,
)
from ray.serve.handle import DeploymentHandle

from deployments import ingress
from deployments.client import Answer
from deployments.ingress import HandleClient
from deployments.local import PROBE
from deployments.summarizer import Summarizer
from schemas.errors import (
    ModelFailed,
    ModelUnavailable,
    NotReady,
    QueueFull,
    SummarizerError,
)
from schemas.summary import (
    Details,
    FieldDetails,
    FieldName,
    ModelReference,
    Origin,
    Summary,
)
from summarizer.answer import FieldAnswer

FULL = QueueFull("full", 7)
ANSWER = Answer(
    Summary.model_validate(dict.fromkeys(Summary.model_fields, "x")),
    Details(fields={}, missing=[], notes=[]),
    ModelReference(name="m", version="1"),
    "a fingerprint",
)

FIELD = FieldAnswer(
    FieldName.BUG_CATEGORY, "ui", FieldDetails(confidence=1, origin=Origin.GENERATED)
)


class Response:
    """A DeploymentResponse that gives a result, raises an error or never ends."""

    def __init__(self, result: Any = None, error: Exception | None = None) -> None:
        self._result = result
        self._error = error
        self.cancelled = False
        self.awaited = asyncio.Event()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._wait().__await__()

    async def _wait(self) -> Any:
        self.awaited.set()
        if self._error is not None:
            raise self._error
        if self._result is None:
            await asyncio.Event().wait()
        return self._result

    def cancel(self) -> None:
        self.cancelled = True


class StreamedResponse:
    """A DeploymentResponseGenerator that gives or raises the items, and then never ends."""

    def __init__(self, *items: Any) -> None:
        self._items = list(items)
        self.cancelled = False

    async def __anext__(self) -> Any:
        if not self._items:
            await asyncio.Event().wait()
        item = self._items.pop(0)
        if isinstance(item, Exception) and not isinstance(item, SummarizerError):
            raise item
        return item

    def cancel(self) -> None:
        self.cancelled = True


class Handle:
    """A DeploymentHandle whose methods all give the same response."""

    def __init__(self, response: Response | StreamedResponse) -> None:
        self._response = response
        self._streams = False
        self.arguments: tuple[Any, ...] = ()

    def options(self, *, stream: bool) -> "Handle":
        streaming = Handle(self._response)
        streaming._streams = stream
        return streaming

    def __getattr__(self, _name: str) -> "Handle":
        return self

    def remote(self, *arguments: Any) -> Response | StreamedResponse:
        assert isinstance(self._response, StreamedResponse) is self._streams
        self.arguments = arguments
        return self._response


def client_of(response: Response | StreamedResponse) -> HandleClient:
    return HandleClient(cast(DeploymentHandle[Any], Handle(response)))


def task_error(cause: Exception) -> RayTaskError:
    return RayTaskError(  # type: ignore[no-untyped-call]
        "summarize", "its traceback", cause, proctitle="x", pid=1, ip="127.0.0.1"
    )


def as_serve_raises(cause: Exception) -> Exception:
    """An exception that is a RayTaskError and of the cause's type."""
    error: Exception = task_error(cause).as_instanceof_cause()  # type: ignore[no-untyped-call]
    return error


async def test_an_answer_passes() -> None:
    assert await client_of(Response(ANSWER)).summarize(PROBE, "r", 60) == ANSWER


@pytest.mark.parametrize(
    ("response", "error"),
    [
        pytest.param(Response(result=FULL), QueueFull, id="as-a-result"),
        pytest.param(Response(error=task_error(FULL)), QueueFull, id="raised"),
        pytest.param(Response(error=as_serve_raises(FULL)), QueueFull, id="raised-by-serve"),
        pytest.param(Response(error=BackPressureError(5, 5)), QueueFull, id="back-pressure"),
        pytest.param(
            Response(error=DeploymentUnavailableError(cast(Any, "Summarizer"))),
            ModelUnavailable,
            id="unavailable",
        ),
        pytest.param(Response(error=RayActorError()), NotReady, id="replica-died"),
        pytest.param(Response(error=TaskCancelledError()), NotReady, id="cancelled-elsewhere"),
    ],
)
async def test_what_arrives_is_an_error_of_ours(
    response: Response, error: type[SummarizerError]
) -> None:
    with pytest.raises(SummarizerError) as raised:
        await client_of(response).summarize(PROBE, "r", 60)
    assert type(raised.value) is error
    if raised.value.detail == FULL.detail:
        assert raised.value.to_problem() == FULL.to_problem()
        assert getattr(raised.value, "retry_after_s", None) == FULL.retry_after_s


async def test_a_foreign_exception_stays_one() -> None:
    with pytest.raises(RayTaskError):
        await client_of(Response(error=task_error(ValueError("x")))).summarize(PROBE, "r", 60)


async def test_cancelling_the_caller_cancels_the_call() -> None:
    response = Response()
    task = asyncio.create_task(client_of(response).summarize(PROBE, "r", 60))
    await response.awaited.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert response.cancelled


async def test_what_is_left_of_the_time_travels_along() -> None:
    handle = Handle(Response(ANSWER))
    await HandleClient(cast(DeploymentHandle[Any], handle)).summarize(PROBE, "r", 1.5)
    assert handle.arguments == (PROBE, "r", 1.5)


async def test_the_items_of_a_stream_pass() -> None:
    response = StreamedResponse(FIELD, FIELD, ANSWER)
    assert [item async for item in client_of(response).stream(PROBE, "r", 60)] == [
        FIELD,
        FIELD,
        ANSWER,
    ]
    assert not response.cancelled


@pytest.mark.parametrize(
    ("last", "error"),
    [
        pytest.param(FULL, QueueFull, id="as-an-item"),
        pytest.param(task_error(FULL), QueueFull, id="raised"),
        pytest.param(BackPressureError(5, 5), QueueFull, id="back-pressure"),
        pytest.param(RayActorError(), NotReady, id="replica-died"),
        pytest.param(RequestCancelledError("r"), NotReady, id="cancelled-elsewhere"),
        pytest.param(task_error(ValueError("x")), RayTaskError, id="foreign"),
    ],
)
@pytest.mark.parametrize("before", [0, 1])
async def test_what_ends_a_stream_is_an_error_of_ours(
    last: Exception, error: type[Exception], before: int
) -> None:
    items = client_of(StreamedResponse(*[FIELD] * before, last)).stream(PROBE, "r", 60)
    for _ in range(before):
        assert await anext(items) == FIELD
    with pytest.raises(error):
        await anext(items)


async def test_closing_a_stream_cancels_the_call() -> None:
    response = StreamedResponse(FIELD)
    items = client_of(response).stream(PROBE, "r", 60)
    await anext(items)
    assert not response.cancelled
    await items.aclose()
    assert response.cancelled


async def test_cancelling_who_waits_for_an_item_cancels_the_call() -> None:
    response = StreamedResponse()
    items = client_of(response).stream(PROBE, "r", 60)

    async def wait() -> None:
        await anext(items)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert response.cancelled


async def test_a_replica_that_does_not_answer_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingress, "PROBE_TIMEOUT_S", 0.02)
    response = Response()
    client = client_of(response)
    with pytest.raises(NotReady):
        await client.ready()
    with pytest.raises(NotReady):
        await client.describe()
    assert response.cancelled


@pytest.mark.parametrize(
    "error",
    [QueueFull("full", 7), ModelFailed("failed"), NotReady("not yet")],
    ids=lambda e: e.slug,
)
def test_an_error_crosses_processes_without_its_cause(error: SummarizerError) -> None:
    error.__cause__ = ValueError("what the customer wrote")
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert arrived.detail == error.detail
    assert arrived.__cause__ is None
    assert getattr(arrived, "retry_after_s", None) == getattr(error, "retry_after_s", None)


def test_the_replica_has_what_the_client_calls() -> None:
    names = ("summarize", "stream", "describe", "ready", "check_health")
    assert all(callable(getattr(Summarizer, name)) for name in names)
