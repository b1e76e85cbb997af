"""A segment: one sentence or line of a report, and where it stands in the request."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Part = Literal["description", "stacktrace_text"]


class SegmentKind(StrEnum):
    """What a segment is. Only prose, headings and items were written as sentences."""

    PROSE = "prose"
    HEADING = "heading"
    ITEM = "item"
    CODE = "code"
    LOG = "log"
    EXCEPTION = "exception"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of one part of a report.

    `start` and `end` are characters of the raw part. `text` is the piece without markup and with
    single spaces, at most 600 characters and never blank. `priority` says how soon a line of a
    stack trace is kept, as `RankedLine` has it; None elsewhere.
    """

    part: Part
    start: int
    end: int
    text: str
    kind: SegmentKind
    priority: int | None = None
