"""Stack traces of six language families; one module reads the lines of each by themselves."""

from summarizer.stacktraces.lines import classify_line
from summarizer.stacktraces.model import (
    ExceptionLine,
    Frame,
    Language,
    LineKind,
    Section,
    StackTrace,
)
from summarizer.stacktraces.traces import (
    FIRST_APPLICATION_FRAME_PRIORITY,
    FIRST_OTHER_FRAME_PRIORITY,
    RankedLine,
    find_traces,
    rank_lines,
)

__all__ = [
    "FIRST_APPLICATION_FRAME_PRIORITY",
    "FIRST_OTHER_FRAME_PRIORITY",
    "ExceptionLine",
    "Frame",
    "Language",
    "LineKind",
    "RankedLine",
    "Section",
    "StackTrace",
    "classify_line",
    "find_traces",
    "rank_lines",
]
