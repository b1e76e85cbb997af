"""Which records are trained on and which are held out, decided by their content alone.

A record stays on its side when the file is reordered, repeated or added to, and no report stands
on both sides.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.errors import DatasetError
from schemas.record import TrainingRecord

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Split:
    """Both parts, each in the order of the file."""

    train: tuple[TrainingRecord, ...]
    held_out: tuple[TrainingRecord, ...]


def split(records: Sequence[TrainingRecord], held_out_share: float) -> Split:
    """Hold out about `held_out_share` (0 up to but not including 1) of the distinct reports.

    Neither part is left empty where there are two distinct reports: the one with the smallest key
    is held out, the one with the largest is trained on. With a single distinct report, or a share
    of 0, nothing is held out.

    Raises:
        DatasetError: there are no records, or the share is out of its range.
    """
    if not 0 <= held_out_share < 1:
        raise DatasetError(f"The held-out share must be at least 0 and below 1: {held_out_share}")
    if not records:
        raise DatasetError("There are no records to split")
    keys = [content_key(record) for record in records]
    held_out = _held_out_keys(set(keys), held_out_share)
    return Split(
        train=tuple(one for one, key in zip(records, keys, strict=True) if key not in held_out),
        held_out=tuple(one for one, key in zip(records, keys, strict=True) if key in held_out),
    )


def content_key(record: TrainingRecord) -> str:
    """A SHA-256 of the report's words: layout, markup, case and the annotation do not count."""
    text = f"{record.input.description or ''}\n{record.input.stacktrace_text or ''}"
    folded = unicodedata.normalize("NFKC", text).casefold()
    # A report of punctuation or symbols alone has no words and is known by its characters.
    words = _WORD.findall(folded) or folded.split()
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def data_hash(records: Sequence[TrainingRecord]) -> str:
    """A SHA-256 of all inputs and outputs, whatever their order and their ids."""
    digests = sorted(
        hashlib.sha256(
            json.dumps(record.model_dump(mode="json", exclude={"id"}), sort_keys=True).encode()
        ).digest()
        for record in records
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _held_out_keys(keys: set[str], share: float) -> set[str]:
    if share == 0 or len(keys) < 2:
        return set()
    limit = int(share * 2**64)
    below = {key for key in keys if int(key[:16], 16) < limit}
    return (below or {min(keys)}) - ({max(keys)} if below == keys else set())
