"""What is remembered of each record while a file streams by: where it stands, and digests.

That is some 90 bytes a record, and 100 more where it has an id; never its text.
"""

import hashlib
from array import array

import numpy as np
from numpy.typing import NDArray

from schemas.record import TrainingRecord
from summarizer.environment import format_environment
from training.data.split import content_key, record_digest

DIGEST_BYTES = 32
KEY_DIGITS = 16
"""Hexadecimal digits of a content key that make a 64-bit number."""


class RecordIndex:
    """Records by their position, 0 for the first one added.

    `heads` and `tails` are the beginning of each content key and its end, read backwards, as
    64-bit numbers: the split goes by the one, a choice of some records by the other.
    """

    def __init__(self) -> None:
        self._files = array("I")
        self._lines = array("Q")
        self._heads = array("Q")
        self._tails = array("Q")
        self._outputs = array("Q")
        self._outcomes = array("Q")
        self._environments = array("Q")
        self._digests = bytearray()
        self._position_of_id: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def position_of(self, record: TrainingRecord) -> int | None:
        """The position of the record that has the same id; None for a new id and for none."""
        if record.id is None:
            return None
        return self._position_of_id.get(_number(record.id.encode()))

    def holds_at(self, position: int, record: TrainingRecord) -> bool:
        """Whether the record at a position has the same input and output."""
        start = position * DIGEST_BYTES
        return self._digests[start : start + DIGEST_BYTES] == record_digest(record)

    def add(self, record: TrainingRecord, file: int, line: int) -> int:
        """Remember a record that stands in a line of the file with that number."""
        position = len(self)
        if record.id is not None:
            self._position_of_id[_number(record.id.encode())] = position
        key = content_key(record)
        self._files.append(file)
        self._lines.append(line)
        self._heads.append(int(key[:KEY_DIGITS], 16))
        self._tails.append(int(key[: -KEY_DIGITS - 1 : -1], 16))
        self._outputs.append(_number(record.output.model_dump_json().encode()))
        outcome = record.output.model_dump_json(exclude={"environment"})
        self._outcomes.append(_number(outcome.encode()))
        environment = format_environment(record.input.env) or ""
        self._environments.append(_number(environment.encode()))
        self._digests += record_digest(record)
        return position

    def place(self, position: int) -> tuple[int, int]:
        """The number of the file and of the line that a record stands in."""
        return self._files[position], self._lines[position]

    @property
    def heads(self) -> NDArray[np.uint64]:
        """How each record's content key begins."""
        return np.array(self._heads, dtype=np.uint64)

    @property
    def tails(self) -> NDArray[np.uint64]:
        """How each record's content key ends, from its last digit backwards."""
        return np.array(self._tails, dtype=np.uint64)

    def output(self, position: int) -> int:
        """A number that records with equal annotations share."""
        return self._outputs[position]

    def outcome(self, position: int) -> int:
        """A number that records share whose annotations are equal but for `environment`."""
        return self._outcomes[position]

    def environment(self, position: int) -> int:
        """A number that records with an equal `env` share."""
        return self._environments[position]

    @property
    def digests(self) -> NDArray[np.bytes_]:
        """The 32 bytes of each record's `record_digest`."""
        return np.frombuffer(bytes(self._digests), dtype=f"S{DIGEST_BYTES}")


def _number(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
