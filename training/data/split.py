"""Which records are trained on and which are held out, decided by their content alone.

A record stays on its side when the files are reordered, repeated or added to, and no report
stands on both sides. Only of data so small that no key falls into a share, one record is held out
for want of another, and may be trained on when the data has grown.
"""

import hashlib
import json
import re
import unicodedata
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from schemas.errors import DatasetError
from schemas.record import TrainingRecord

Keys = NDArray[np.uint64]
"""How content keys begin or end, one 64-bit number a record."""
Mask = NDArray[np.bool_]


class Part(IntEnum):
    """What a record is used for, or why it is not."""

    TRAIN = 0
    VALIDATION = 1
    HELD_OUT = 2
    NOT_CHOSEN = 3
    """Beyond `--max-records`."""
    BEYOND = 4
    """Would be evaluated on, but beyond `--max-eval-records`; not trained on either."""
    HELD_OUT_AS_WELL = 5
    """Stands in the `--eval-dataset`."""
    NEAR_DUPLICATE = 6
    """Says nearly what an evaluated report says."""


PartNumbers = NDArray[np.uint8]
"""The number of a `Part` for each record."""

_MOST_HELD_OUT = 0.99
_WORD = re.compile(r"[^\W_]+")


def held_out(heads: Keys, share: float) -> Mask:
    """Hold out about `share` (0 up to but not including 1) of the distinct reports.

    `heads` are the beginnings of the records' content keys. Neither side is left empty where there
    are two distinct reports: the one with the smallest key is held out, the one with the largest
    is trained on, which may change when the data grows. With a single distinct report, or a share
    of 0, nothing is held out.

    Raises:
        DatasetError: there are no records, or the share is out of its range.
    """
    if not 0 <= share < 1:
        raise DatasetError(f"The held-out share must be at least 0 and below 1: {share}")
    if not len(heads):
        raise DatasetError("There are no records to split")
    smallest, largest = heads.min(), heads.max()
    if share == 0 or smallest == largest:
        return np.zeros(len(heads), dtype=np.bool_)
    below: Mask = heads < np.uint64(int(share * 2**64))
    if not below.any():
        below[heads == smallest] = True
    elif below.all():
        below[heads == largest] = False
    return below


def split_in_three(heads: Keys, held_out_share: float, validation_share: float) -> PartNumbers:
    """Split by content; a record stays in its part when the data grows (but see `held_out`).

    Data too small for three parts has no validation part.

    Raises:
        DatasetError: there are less than two distinct reports.
    """
    judged = held_out(heads, held_out_share)
    if not judged.any():
        raise DatasetError(
            "the data holds only one distinct report; at least two are needed, one to train on "
            "and one to hold out"
        )
    both = held_out(heads, min(held_out_share + validation_share, _MOST_HELD_OUT)) | judged
    parts = np.full(len(heads), Part.TRAIN, dtype=np.uint8)
    if not both.all():
        parts[both] = Part.VALIDATION
    parts[judged] = Part.HELD_OUT
    return parts


def bounded(parts: PartNumbers, heads: Keys, limit: int) -> PartNumbers:
    """No more than `limit` records each to choose by and to judge by; the others are `BEYOND`."""
    result = parts.copy()
    for part in (Part.VALIDATION, Part.HELD_OUT):
        members = np.flatnonzero(parts == part)
        result[members[~first_by_key(heads[members], limit)]] = Part.BEYOND
    return result


def first_by_key(keys: Keys, limit: int) -> Mask:
    """The `limit` records with the smallest keys, of equal ones the earlier; all if fewer.

    Records that are added later take the place of some, and change nothing else.
    """
    chosen = np.zeros(len(keys), dtype=np.bool_)
    chosen[np.argsort(keys, kind="stable")[:limit]] = True
    return chosen


def report_words(record: TrainingRecord) -> list[str]:
    """The words of a report, folded: layout, markup, case and the annotation do not count."""
    text = f"{record.input.description or ''}\n{record.input.stacktrace_text or ''}"
    folded = unicodedata.normalize("NFKC", text).casefold()
    # A report of punctuation or symbols alone has no words and is known by its characters.
    return _WORD.findall(folded) or folded.split()


def content_key(record: TrainingRecord) -> str:
    """A SHA-256 of the report's words."""
    return hashlib.sha256(" ".join(report_words(record)).encode()).hexdigest()


def record_digest(record: TrainingRecord) -> bytes:
    """The SHA-256 of a record's input and output, whatever its id."""
    content = record.model_dump(mode="json", exclude={"id"})
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def data_hash(digests: NDArray[np.bytes_]) -> str:
    """A SHA-256 of all inputs and outputs, by their digests of 32 bytes, whatever their order."""
    return hashlib.sha256(np.sort(digests).tobytes()).hexdigest()
