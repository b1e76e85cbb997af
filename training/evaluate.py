"""What a model folder answers on records, by the very engine that serves."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from schemas.record import TrainingRecord
from schemas.summary import Summary
from summarizer.answer import assemble
from summarizer.folder import load_engine

BATCH_REPORTS = 16

_T = TypeVar("_T")


def answers(
    folder: Path, records: Sequence[TrainingRecord], device: str, threads: int
) -> list[Summary]:
    """The summaries that the model answers, in the order of the records."""
    engine = load_engine(folder, "auto", device, threads)
    summaries = []
    for batch in _batches(records, BATCH_REPORTS):
        predictions = engine.predict([engine.prepare(record.input) for record in batch])
        summaries += [
            assemble(record.input, prediction, engine.manifest)[0]
            for record, prediction in zip(batch, predictions, strict=True)
        ]
    return summaries


def _batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
