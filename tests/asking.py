"""Reports that are on their way through an engine loop."""

import asyncio
from collections.abc import Sequence
from typing import Any

from schemas.report import ReportInput
from schemas.summary import Details, Summary
from summarizer.loop import EngineLoop, OnField
from tests.fakes import FakeEngine
from tests.waiting import eventually

Asked = asyncio.Task[tuple[Summary, Details]]


def ask(
    loop: EngineLoop[Any],
    text: str,
    timeout_s: float | None = None,
    on_field: OnField | None = None,
) -> Asked:
    """A report that is being summarized."""
    return asyncio.create_task(loop.summarize(ReportInput(description=text), timeout_s, on_field))


async def ready(loop: EngineLoop[Any], reports: int) -> None:
    """Wait until so many reports are prepared and wait to be admitted."""
    scheduler = loop._model_thread._scheduler
    await eventually(lambda: len(scheduler._ready) == reports)


async def ask_behind_a_running_one(
    loop: EngineLoop[Any], engine: FakeEngine, texts: Sequence[str]
) -> list[Asked]:
    """One report runs and stays in the model; the others have been prepared and wait."""
    engine.gate.clear()
    first = ask(loop, "first")
    await eventually(engine.running.is_set)
    rest = [ask(loop, text) for text in texts]
    await ready(loop, len(texts))
    return [first, *rest]
