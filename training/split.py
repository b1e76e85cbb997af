"""Which records are trained on and which are held out, decided by their content alone.

A record stays on its side when the files are reordered, repeated or added to, and no report
stands on both sides.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from schemas.errors import DatasetError
from schemas.record import TrainingRecord

Keys = NDArray[np.uint64]
"""How content keys begin or end, one 64-bit number a record."""
Mask = NDArray[np.bool_]

_WORD = re.compile(r"[^\W_]+")


def held_out(heads: Keys, share: float) -> Mask:
    """Hold out about `share` (0 up to but not including 1) of the distinct reports.

    `heads` are the beginnings of the records' content keys. Neither side is left empty where there
    are two distinct reports: the one with the smallest key is held out, the one with the largest
    is trained on. With a single distinct report, or a share of 0, nothing is held out.

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
    below = heads < np.uint64(int(share * 2**64))
    if not below.any():
        return heads == smallest
    return below & (heads != largest) if below.all() else below


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


def data_hash(digests: Iterable[bytes]) -> str:
    """A SHA-256 of all inputs and outputs, by their digests, whatever their order."""
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()
