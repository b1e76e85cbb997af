"""Encoded examples on disk, written while they are made: never all of them are in memory."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from datasets import Dataset, Features, List, Value
from datasets.arrow_writer import ArrowWriter
from datasets.utils import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
    tqdm,
)

from training.data.data_folder import partial
from training.data.record_file import RecordFile
from training.learning.task import Example, Task

BATCH_EXAMPLES = 200
_STATE_FILE = "state.json"


def write_examples(task: Task, records: RecordFile, folder: Path) -> None:
    """Encode records into a folder that `datasets.load_from_disk` loads.

    The folder is there whole or not at all; one that is there is replaced.
    """
    unfinished = partial(folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    # Without a terminal there is no bar.
    shown = tqdm(records, total=len(records), desc="Tokenizing", unit="record", disable=None)
    batches = _batches(task.encode(record) for record in shown)
    first = next(batches)
    features = _features(first)
    # What it takes to be loaded is written by `datasets`, for the first row; all rows replace it.
    with _no_bars():
        Dataset.from_list([dict(first[0])], features=features).save_to_disk(unfinished)
    state = json.loads((unfinished / _STATE_FILE).read_text(encoding="utf-8"))
    (rows,) = (unfinished / file["filename"] for file in state["_data_files"])
    with ArrowWriter(path=str(rows), features=features) as writer:
        for batch in chain([first], batches):
            writer.write_batch({name: [example[name] for example in batch] for name in features})
        writer.finalize()
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


@contextmanager
def _no_bars() -> Iterator[None]:
    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()


def _batches(examples: Iterable[Example]) -> Iterator[list[Example]]:
    each = iter(examples)
    while batch := list(islice(each, BATCH_EXAMPLES)):
        yield batch


def _features(examples: list[Example]) -> Features:
    """The types of the examples; lists that are empty in all of these are of numbers."""
    found = Dataset.from_list([dict(example) for example in examples]).features
    return Features({name: _known(feature) for name, feature in found.items()})


def _known(feature: Any) -> Any:
    if isinstance(feature, List):
        return List(_known(feature.feature))
    return Value("int64") if feature == Value("null") else feature
