"""Answers that have been given: a bounded cache of which the one used longest ago leaves first."""

import sys
from collections import OrderedDict

from deployments.client import Answer

ENTRY_OVERHEAD_BYTES = 10_240
"""What an answer's objects take beside its texts; measured, and rounded up."""

SPAN_BYTES = 640
"""What a span takes; measured, and rounded up."""


class AnswerStore:
    """Holds answers of one fingerprint, bounded by their number and by their size."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, tuple[Answer, int]] = OrderedDict()
        self._bytes = 0
        self._fingerprint: str | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    @property
    def size_bytes(self) -> int:
        """About as much memory as the entries take."""
        return self._bytes

    def get(self, key: str) -> Answer | None:
        """The answer under a key, which is now the one used last."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer. One that is larger than all that may be kept is not."""
        self.expect(answer.fingerprint)
        size = _size_bytes(key, answer)
        if size > self._max_bytes:
            return
        self._drop(key)
        self._entries[key] = (answer, size)
        self._bytes += size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def expect(self, fingerprint: str) -> bool:
        """Say what answers now; the answers of anything else are forgotten. True if it is new."""
        if fingerprint == self._fingerprint:
            return False
        self._entries.clear()
        self._bytes = 0
        self._fingerprint = fingerprint
        return True

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]


def _size_bytes(key: str, answer: Answer) -> int:
    texts = sum(sys.getsizeof(text) for text in answer.summary.by_field().values())
    spans = sum(len(field.spans) for field in answer.details.fields.values())
    return ENTRY_OVERHEAD_BYTES + sys.getsizeof(key) + texts + spans * SPAN_BYTES
