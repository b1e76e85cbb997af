"""The stack traces of a text: which of its lines are theirs, and how soon each is kept.

A line by itself does not always say that it belongs to a trace. The exception that ends a Python
traceback may have any name, and a frame may be broken in two.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from summarizer.segmentation.labels import label_end
from summarizer.segmentation.segment import SegmentKind
from summarizer.stacktraces import (
    FIRST_APPLICATION_FRAME_PRIORITY,
    RankedLine,
    classify_line,
    rank_lines,
)
from summarizer.stacktraces.lines import MAX_LINE_CHARS
from summarizer.stacktraces.prefixes import content_span

_WORD = re.compile(r"\w{2}")


@dataclass(frozen=True, slots=True)
class TraceLines:
    """What the traces of a text say of its lines.

    `kinds` is by the number of a line that begins with a trace line, behind what loggers put
    there. `priorities` is by the position where a trace line, or a part of it that stands on a
    line of its own, begins.
    """

    kinds: Mapping[int, SegmentKind]
    priorities: Mapping[int, int]


def read_traces(text: str) -> TraceLines:
    """Find the lines of a text's stack traces."""
    lines = text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    kinds: dict[int, SegmentKind] = {}
    priorities: dict[int, int] = {}
    contents: dict[int, int] = {}
    read_to: dict[int, int] = {}
    for ranked in rank_lines(text):
        for number in _numbers(ranked, starts):
            start, end = starts[number], starts[number + 1] - 1
            if number not in contents:
                contents[number], _ = content_span(text, start, min(end, start + MAX_LINE_CHARS))
            # Before a trace line may stand prose, a log message or another trace line.
            is_first = ranked.start <= contents[number]
            is_named = ranked.priority < FIRST_APPLICATION_FRAME_PRIORITY and ranked.end <= end
            if is_first and is_named and _is_no_part(lines, number):
                continue
            priorities[max(ranked.start, contents[number])] = ranked.priority
            read_to[number] = min(end, ranked.end)
            if is_first:
                kinds[number] = SegmentKind.EXCEPTION if is_named else SegmentKind.FRAME
    for number, position in read_to.items():
        # A sentence may begin with a frame.
        if _WORD.search(text, position, starts[number + 1] - 1):
            kinds.pop(number, None)
    return TraceLines(kinds, priorities)


def _numbers(ranked: RankedLine, starts: Sequence[int]) -> range:
    """The numbers of the lines that a trace line stands on."""
    return range(bisect_right(starts, ranked.start) - 1, bisect_left(starts, ranked.end))


def _is_no_part(lines: Sequence[str], number: int) -> bool:
    """Whether a line that could be an exception of any name goes on with the report instead."""
    line = lines[number]
    is_apart = number == 0 or not lines[number - 1].strip("> \t")
    return classify_line(line) is None and (is_apart or label_end(line.strip()) is not None)
