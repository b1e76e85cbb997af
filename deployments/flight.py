"""One computation that any number of identical requests wait for."""

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import aclosing

from deployments.client import Answer, AnswerStream
from deployments.deadline import Deadline
from schemas.errors import NotReady
from summarizer.answer import FieldAnswer


class Flight:
    """Runs a stream to its end, keeps its items, and ends early when the last caller leaves.

    `on_end` is called once, as soon as nobody can join any more: with the answer, or with None
    where there is none. `deadline` is the one that the computation was started with.
    """

    def __init__(
        self, stream: AnswerStream, deadline: Deadline, on_end: Callable[[Answer | None], None]
    ) -> None:
        self.deadline = deadline
        self._on_end = on_end
        self._fields: list[FieldAnswer] = []
        self._outcome: Answer | Exception | None = None
        self._news = asyncio.Event()
        self._callers = 0
        # A context of its own: the work belongs to no single request, and Serve cancels what was
        # started within a request when that request's client leaves.
        self._task = asyncio.create_task(self._run(stream), context=contextvars.Context())

    async def follow(self, deadline: Deadline) -> AnswerStream:
        """All items from the first on; raises what the computation raised.

        From the first item that is asked for until it is closed, this is a caller. Where there is
        none any more, the computation is cancelled.
        """
        self._callers += 1
        position = 0
        try:
            while True:
                async with deadline.kept():
                    item = await self._item(position)
                yield item
                if isinstance(item, Answer):
                    return
                position += 1
        finally:
            self._callers -= 1
            if not self._callers and self._outcome is None:
                self._end(NotReady("Nobody waits for the answer any more."))
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _item(self, position: int) -> FieldAnswer | Answer:
        while True:
            if position < len(self._fields):
                return self._fields[position]
            if isinstance(self._outcome, Exception):
                raise self._outcome
            if self._outcome is not None:
                return self._outcome
            await self._news.wait()

    async def _run(self, stream: AnswerStream) -> None:
        try:
            async with aclosing(stream):
                async for item in stream:
                    if isinstance(item, Answer):
                        self._end(item)
                        return
                    self._fields.append(item)
                    self._tell()
            raise RuntimeError("a stream has ended without an answer")
        except asyncio.CancelledError:
            # Nobody may be left waiting, whoever has cancelled it.
            self._end(NotReady("The answer was given up; send the report again."))
            raise
        except Exception as error:  # noqa: BLE001 - every caller raises it
            self._end(error)

    def _end(self, outcome: Answer | Exception) -> None:
        if self._outcome is None:
            self._outcome = outcome
            self._on_end(outcome if isinstance(outcome, Answer) else None)
            self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
