"""Encoded examples on disk, written while they are made: never all of them are in memory."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset
from datasets.arrow_writer import ArrowWriter
from datasets.utils import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
    tqdm,
)

from training.data.data_folder import partial
from training.data.record_file import RecordFile, RecordPiece
from training.learning.task import Encoder

PIECE_RECORDS = 500
"""Records of one file of examples."""
_HELD_EXAMPLES = 100
"""Examples that are in memory before they are written."""
_STATE_FILE = "state.json"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the records, and the file that their examples go to."""

    records: RecordPiece
    path: Path


@dataclass(frozen=True, slots=True)
class PieceEncoder:
    """Encodes a piece; can be sent to another process."""

    encoder: Encoder

    def __call__(self, piece: Piece) -> int:
        """Write the examples of a piece; returns how many there are."""
        features = self.encoder.features
        with ArrowWriter(
            path=str(piece.path), features=features, writer_batch_size=_HELD_EXAMPLES
        ) as writer:
            for record in piece.records:
                writer.write(self.encoder(record))
            count, _ = writer.finalize()
        return int(count)


ForEach = Callable[[PieceEncoder, Sequence[Piece]], Iterable[int]]
"""Encodes each of the pieces, wherever that is done; their counts of examples, in order."""


def write_examples(
    encoder: Encoder, records: RecordFile, folder: Path, for_each: ForEach = map
) -> None:
    """Encode records into a folder that `datasets.load_from_disk` loads.

    The folder is there whole or not at all; one that is there is replaced.
    """
    unfinished = partial(folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    parts = records.pieces(PIECE_RECORDS)
    pieces = [Piece(part, unfinished / f"{at:06}.arrow") for at, part in enumerate(parts)]
    _write_description(encoder, unfinished, [piece.path.name for piece in pieces])
    # Without a terminal there is no bar.
    with tqdm(total=len(records), desc="Tokenizing", unit="record", disable=None) as bar:
        for count in for_each(PieceEncoder(encoder), pieces):
            bar.update(count)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _write_description(encoder: Encoder, folder: Path, names: Sequence[str]) -> None:
    """What it takes for a folder to be loaded, but for the files of examples themselves."""
    empty: dict[str, list[None]] = {name: [] for name in encoder.features}
    with _no_bars():
        Dataset.from_dict(empty, features=encoder.features).save_to_disk(folder)
    path = folder / _STATE_FILE
    state = json.loads(path.read_text(encoding="utf-8"))
    for file in state["_data_files"]:
        (folder / file["filename"]).unlink()
    state["_data_files"] = [{"filename": name} for name in names]
    path.write_text(json.dumps(state), encoding="utf-8")


@contextmanager
def _no_bars() -> Iterator[None]:
    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()
