"""Answers that need no model: identical reports are computed once, and answers are kept."""

import asyncio
import contextvars
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from deployments.answer_store import AnswerStore
from deployments.client import Answer, AnswerStream, SummarizerClient
from deployments.deadline import Deadline
from deployments.flight import Flight
from schemas.errors import RequestTimeout, SummarizerError
from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.answer import FieldAnswer
from summarizer.metrics import Metrics, Name

CONFIRMED_FOR_S = 1.0
"""A kept answer is sent where its model was known to be the one that answers so short a time ago.

So this long, at most, an answer of a model that has been replaced may still be sent.
"""

LEAST_SHARE_OF_TIME = 0.5
"""A request waits for an identical one where that has at least this share of its own time left.

Who gives a report little time would otherwise make those fail who give it much.
"""


class CacheUse(Enum):
    """What a request lets the cache do for it."""

    FULL = "full"
    REFRESH = "refresh"
    NONE = "none"

    @classmethod
    def of(cls, cache_control: str) -> "CacheUse":
        """What a request's `Cache-Control` asks for: `no-store` is NONE, `no-cache` is REFRESH."""
        directives = {part.strip().lower() for part in cache_control.split(",")}
        if "no-store" in directives:
            return cls.NONE
        return cls.REFRESH if "no-cache" in directives else cls.FULL


class CacheStatus(StrEnum):
    """How an answer comes about, as the header `Cache-Status` (RFC 9211) says it."""

    HIT = "bug-summarizer; hit"
    MISS = "bug-summarizer; fwd=miss"
    JOINED = "bug-summarizer; fwd=miss; collapsed"
    REFRESHED = "bug-summarizer; fwd=request"
    BYPASSED = "bug-summarizer; fwd=bypass"


CachedStream = AsyncGenerator[tuple[CacheStatus, FieldAnswer | Answer], None]
"""What `SummarizerClient.stream` gives, each item with how the answer comes about."""


@dataclass(frozen=True, slots=True)
class _Question:
    report: ReportInput
    request_id: str
    timeout_s: float
    streamed: bool


class CachedSummarizer:
    """A summarizer behind a cache of `max_entries` answers and `max_bytes`; 0 entries: no cache.

    The key is the report's content. What answers has a fingerprint, of the model's files and the
    engine's settings; where that changes, everything that was kept is forgotten. Failures are not
    kept. A stream that joins a computation without one gets all fields at its end. Lives on one
    event loop.
    """

    def __init__(
        self, inner: SummarizerClient, max_entries: int, max_bytes: int, metrics: Metrics
    ) -> None:
        self._inner = inner
        self._enabled = max_entries > 0
        self._store = AnswerStore(max_entries, max_bytes)
        self._flights: dict[str, Flight] = {}
        self._metrics = metrics
        self._confirmed_until = 0.0
        self._confirmation: asyncio.Task[bool] | None = None

    async def summarize(
        self, report: ReportInput, request_id: str, timeout_s: float, use: CacheUse
    ) -> tuple[CacheStatus, Answer]:
        """Answer one report, as `SummarizerClient.summarize` does."""
        items = self._items(_Question(report, request_id, timeout_s, streamed=False), use)
        async with aclosing(items):
            async for status, item in items:
                if isinstance(item, Answer):
                    return status, item
        raise RuntimeError("a stream has ended without an answer")

    def stream(
        self, report: ReportInput, request_id: str, timeout_s: float, use: CacheUse
    ) -> CachedStream:
        """Answer one report field by field, as `SummarizerClient.stream` does."""
        return self._items(_Question(report, request_id, timeout_s, streamed=True), use)

    def _items(self, question: _Question, use: CacheUse) -> CachedStream:
        if not self._enabled or use is CacheUse.NONE:
            return self._bypassing(question)
        if use is CacheUse.REFRESH:
            return self._refreshing(question)
        return self._cached(question)

    async def _bypassing(self, question: _Question) -> CachedStream:
        async with aclosing(self._computed(question)) as items:
            async for item in items:
                yield CacheStatus.BYPASSED, item

    async def _refreshing(self, question: _Question) -> CachedStream:
        key = _key_of(question.report)
        async with aclosing(self._computed(question)) as items:
            async for item in items:
                if isinstance(item, Answer):
                    self._keep(key, item)
                yield CacheStatus.REFRESHED, item

    async def _cached(self, question: _Question) -> CachedStream:
        deadline = Deadline(question.timeout_s)
        key = _key_of(question.report)
        kept = await self._kept(key, deadline)
        if kept is not None:
            self._metrics.count(Name.CACHE_HITS)
            for item in _items_of(kept, question, set()):
                yield CacheStatus.HIT, item
            return
        sent: set[FieldName] = set()
        async with aclosing(self._shared(key, question, deadline)) as items:
            async for status, item in items:
                if isinstance(item, Answer):
                    for last in _items_of(item, question, sent):
                        yield status, last
                elif item.name not in sent:
                    sent.add(item.name)
                    yield status, item

    async def _shared(self, key: str, question: _Question, deadline: Deadline) -> CachedStream:
        """What a computation gives that others may share. A field may come twice."""
        while True:
            status, flight = self._board(key, question, deadline)
            try:
                async with aclosing(flight.follow(deadline)) as items:
                    async for item in items:
                        yield status, item
            except RequestTimeout:
                # The one that was joined had less time than this one.
                if status is not CacheStatus.JOINED or not deadline.left_s:
                    raise
            else:
                return

    def _board(
        self, key: str, question: _Question, deadline: Deadline
    ) -> tuple[CacheStatus, Flight]:
        """Join the computation of an identical report, or start one that others may join."""
        flight = self._flights.get(key)
        if flight is not None and flight.deadline.left_s >= LEAST_SHARE_OF_TIME * deadline.left_s:
            self._metrics.count(Name.CACHE_JOINED)
            return CacheStatus.JOINED, flight
        self._metrics.count(Name.CACHE_MISSES)
        items = self._computed(replace(question, timeout_s=deadline.left_s))
        started = Flight(items, deadline, lambda answer: self._landed(key, started, answer))
        self._flights[key] = started
        return CacheStatus.MISS, started

    def _landed(self, key: str, flight: Flight, answer: Answer | None) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if answer is not None:
            self._keep(key, answer)

    def _computed(self, question: _Question) -> AnswerStream:
        if question.streamed:
            return self._inner.stream(question.report, question.request_id, question.timeout_s)
        return self._alone(question)

    async def _alone(self, question: _Question) -> AnswerStream:
        yield await self._inner.summarize(question.report, question.request_id, question.timeout_s)

    def _keep(self, key: str, answer: Answer) -> None:
        self._expect(answer.fingerprint)
        self._store.put(key, answer)

    async def _kept(self, key: str, deadline: Deadline) -> Answer | None:
        """The answer that is kept, where the model that gave it is the one that answers now."""
        if key not in self._store:
            return None
        if _now() >= self._confirmed_until:
            if self._confirmation is None:
                # Shared, and so of no request's context.
                self._confirmation = asyncio.create_task(
                    self._confirm(), context=contextvars.Context()
                )
            async with deadline.kept():
                if not await asyncio.shield(self._confirmation):
                    return None
        return self._store.get(key)

    async def _confirm(self) -> bool:
        try:
            description = await self._inner.describe()
        except SummarizerError:
            # Whoever computes the answer anew says what is wrong.
            return False
        finally:
            self._confirmation = None
        self._expect(description.fingerprint)
        self._confirmed_until = _now() + CONFIRMED_FOR_S
        return True

    def _expect(self, fingerprint: str) -> None:
        if self._store.expect(fingerprint):
            # Where two models answer side by side for a while, the next request asks again.
            self._confirmed_until = 0.0


def _key_of(report: ReportInput) -> str:
    return hashlib.sha256(report.model_dump_json().encode()).hexdigest()


def _items_of(
    answer: Answer, question: _Question, sent: set[FieldName]
) -> list[FieldAnswer | Answer]:
    """The answer, and before it those of its fields that a stream has not sent yet."""
    if not question.streamed:
        return [answer]
    fields = [
        FieldAnswer(name, text, answer.details.fields[name])
        for name, text in answer.summary.by_field().items()
        if name not in sent
    ]
    return [*fields, answer]


def _now() -> float:
    return asyncio.get_running_loop().time()
