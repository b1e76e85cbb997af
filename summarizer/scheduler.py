"""Who waits and who is admitted. It knows nothing of Ray, torch, clocks, threads or asyncio."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count, islice
from typing import Generic, TypeVar

from schemas.errors import QueueFull

MAX_PADDING_SHARE = 0.25
"""Of a batch of several, at most this share is padding; a report of its own length fits better."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is admitted at once, and how much may wait.

    `max_batch_tokens` counts padded tokens: the longest report of a batch times its size.
    `max_waiting` counts the reports that wait, not the ones that run. Reports are re-ordered by
    length among the `window` that have waited longest.
    """

    max_batch_size: int = 32
    max_batch_tokens: int = 8_192
    max_waiting: int = 128
    window: int = 64

    def __post_init__(self) -> None:
        if min(self.max_batch_size, self.max_batch_tokens, self.max_waiting, self.window) < 1:
            raise ValueError("every limit of the scheduler must be at least 1")

    def within(self, most_at_once: int | None) -> "Limits":
        """The same for an engine that takes no more reports than this at once; None: any number."""
        if most_at_once is None:
            return self
        return replace(self, max_batch_size=min(self.max_batch_size, most_at_once))


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """An item that is ready to run, and the tokens that it needs."""

    ticket: int
    item: T
    tokens: int


class Scheduler(Generic[T]):
    """A bounded queue from which batches of similar length are taken.

    An item takes its place with `join`, is `ready` once it is prepared, and leaves by `take` or
    `leave`. Every batch holds the item that has been ready longest, so an item that finds k others
    ready runs in one of the next k + 1 batches, whatever comes later.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tickets = count()
        self._joined: set[int] = set()
        self._ready: dict[int, Entry[T]] = {}

    def __len__(self) -> int:
        """How many have a place and do not run yet."""
        return len(self._joined) + len(self._ready)

    @property
    def has_ready(self) -> bool:
        """Whether anyone waits who can run; where all is free, `take` then takes someone."""
        return bool(self._ready)

    def join(self) -> int:
        """Take a place in the queue and get its ticket, or raise QueueFull."""
        if len(self) >= self._limits.max_waiting:
            raise QueueFull(f"{len(self)} reports are waiting, which is as many as may wait.")
        ticket = next(self._tickets)
        self._joined.add(ticket)
        return ticket

    def ready(self, ticket: int, item: T, tokens: int) -> None:
        """Say that the holder of a ticket can run. Raises KeyError where it has left."""
        self._joined.remove(ticket)
        self._ready[ticket] = Entry(ticket, item, tokens)

    def leave(self, ticket: int) -> bool:
        """Give a place up. False if the ticket holds none, because it runs or has left."""
        if self._ready.pop(ticket, None) is not None:
            return True
        if ticket in self._joined:
            self._joined.remove(ticket)
            return True
        return False

    def take(self, free_slots: int | None = None, free_tokens: int | None = None) -> list[Entry[T]]:
        """Take the next batch out of the queue; it may be empty.

        A loop in which reports join and leave says what it has free; without that, everything is.
        Where the oldest does not fit into what is free, nothing is taken, so that what runs can
        end and make room for it. An item above the whole budget runs alone.
        """
        limits = self._limits
        slots = limits.max_batch_size if free_slots is None else free_slots
        budget = limits.max_batch_tokens if free_tokens is None else free_tokens
        if not self._ready or slots < 1:
            return []
        oldest = next(iter(self._ready.values()))
        if oldest.tokens <= budget:
            window = sorted(
                islice(self._ready.values(), limits.window), key=lambda entry: entry.tokens
            )
            batch = _run_around(window, window.index(oldest), slots, budget)
        elif slots >= limits.max_batch_size and budget >= limits.max_batch_tokens:
            batch = [oldest]
        else:
            return []
        for entry in batch:
            del self._ready[entry.ticket]
        return batch

    def clear(self) -> list[Entry[T]]:
        """Take out everything that is ready, in no batch."""
        entries = list(self._ready.values())
        self._ready.clear()
        return entries


def _run_around(
    window: Sequence[Entry[T]], position: int, slots: int, budget: int
) -> list[Entry[T]]:
    """The largest run of neighbours in length around a position, and of these the least padded.

    `window` is sorted by length. For a run that ends at `high`, the first allowed start only moves
    right as `high` does, so both ends pass over the window once.
    """
    sums = [0, *accumulate(entry.tokens for entry in window)]
    best = (position, position + 1)
    best_score = (1, 0)
    low = 0
    for high in range(position + 1, len(window) + 1):
        longest = window[high - 1].tokens
        while low < position and not _fits(
            high - low, longest, sums[high] - sums[low], slots, budget
        ):
            low += 1
        size, tokens = high - low, sums[high] - sums[low]
        if not _fits(size, longest, tokens, slots, budget):
            break
        score = (size, tokens - size * longest)
        if score > best_score:
            best, best_score = (low, high), score
    return list(window[best[0] : best[1]])


def _fits(size: int, longest: int, tokens: int, slots: int, budget: int) -> bool:
    padded = size * longest
    return size <= slots and padded <= budget and padded - tokens <= MAX_PADDING_SHARE * padded
