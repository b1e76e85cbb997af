"""Stack traces in the text of a report: where they are, what caused them, which lines matter."""

from dataclasses import dataclass

from summarizer.stacktraces.assembly import build
from summarizer.stacktraces.model import StackTrace
from summarizer.stacktraces.pieces import pieces
from summarizer.stacktraces.runs import group

ROOT_CAUSE_PRIORITY = 0
EXCEPTION_PRIORITY = 1
FIRST_APPLICATION_FRAME_PRIORITY = 2
FIRST_OTHER_FRAME_PRIORITY = 1_000_000


@dataclass(frozen=True, slots=True)
class RankedLine:
    """A trace line at `start` to `end`, and how soon it is kept: 0 before 1 before 2."""

    start: int
    end: int
    priority: int


def find_traces(text: str) -> list[StackTrace]:
    """The stack traces in `text`, in its order. Time grows linearly with the text."""
    return [build(lines) for lines in group(text, pieces(text))]


def rank_lines(text: str) -> list[RankedLine]:
    """The exceptions and frames of all traces in `text`, in its order, each with its priority.

    The root cause comes first, then the other exceptions, then the application's frames, the one
    nearest to the root cause first, then the other frames in the same order. Traces are ranked
    side by side: each has lines of each priority.
    """
    ranked = [line for trace in find_traces(text) for line in _rank(trace)]
    return sorted(ranked, key=lambda line: line.start)


def _rank(trace: StackTrace) -> list[RankedLine]:
    """Ruby's exception line, which is a frame as well, counts as the exception."""
    root = trace.root_cause
    named = {exception.start for exception in trace.exceptions}
    ranked = [
        RankedLine(
            exception.start,
            exception.end,
            ROOT_CAUSE_PRIORITY if exception is root else EXCEPTION_PRIORITY,
        )
        for exception in trace.exceptions
    ]
    for distance, frame in enumerate(trace.frames_from_root):
        if frame.start in named:
            continue
        first = (
            FIRST_APPLICATION_FRAME_PRIORITY if frame.is_application else FIRST_OTHER_FRAME_PRIORITY
        )
        ranked.append(RankedLine(frame.start, frame.end, first + distance))
    return ranked
