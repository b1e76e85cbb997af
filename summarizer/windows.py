"""A tokenized source as windows that fit an encoder's positions.

A window is a run of whole segments; windows overlap, so that a segment near a window's edge is
read in the next one with its context. Each segment belongs to the window in which it is farthest
from an edge that is not the report's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from summarizer.source import Source


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids of one window, and for each token the segment that it belongs to here, or -1."""

    input_ids: tuple[int, ...]
    segment_of_token: tuple[int, ...]


def make_windows(
    source: Source, max_positions: int, first_id: int, separator_id: int
) -> list[Window]:
    """Lay a source out as `[first] context [sep] segment [sep] segment [sep] …` in windows.

    No window is longer than `max_positions`; every segment belongs to exactly one window.
    """
    head = (first_id, *source.context_ids, separator_id)
    room = max_positions - len(head)
    runs = _overlapping_runs([len(ids) + 1 for ids in source.segment_ids], room)
    owners = _owners(runs, len(source.segment_ids))
    windows = []
    for number, run in enumerate(runs):
        ids = list(head)
        owner = [-1] * len(head)
        for index in run:
            segment_ids = source.segment_ids[index][: room - 1]
            ids += [*segment_ids, separator_id]
            belongs = owners[index] == number
            owner += [index if belongs else -1] * len(segment_ids) + [-1]
        windows.append(Window(tuple(ids), tuple(owner)))
    return windows


def _overlapping_runs(costs: Sequence[int], room: int) -> list[range]:
    """Runs of segments that fit into `room` tokens, each begun in the last quarter of another."""
    runs = []
    start = 0
    while True:
        stop, used = start, 0
        while stop < len(costs) and (stop == start or used + costs[stop] <= room):
            used += costs[stop]
            stop += 1
        runs.append(range(start, stop))
        if stop >= len(costs):
            return runs
        overlap, next_start = 0, stop
        while next_start - 1 > start and overlap + costs[next_start - 1] <= room // 4:
            next_start -= 1
            overlap += costs[next_start]
        start = next_start


def _owners(runs: Sequence[range], count: int) -> list[int]:
    """For each segment the number of the run in which it stands farthest from an inner edge."""
    owners = [0] * count
    best = [-1] * count
    for number, run in enumerate(runs):
        for index in run:
            from_start = count if run.start == 0 else index - run.start
            from_stop = count if run.stop == count else run.stop - 1 - index
            distance = min(from_start, from_stop)
            if distance > best[index]:
                best[index], owners[index] = distance, number
    return owners
