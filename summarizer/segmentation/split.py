"""A report's text as segments: sentences, list items, headings, code and trace lines.

Each segment knows the raw characters that it was read from, so an answer can be traced back to the
request. Takes linear time in the length of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from summarizer.segmentation.labels import label_end
from summarizer.segmentation.lines import Line
from summarizer.segmentation.markup import unshield
from summarizer.segmentation.page import Page, read_page
from summarizer.segmentation.segment import Part, Segment, SegmentKind
from summarizer.segmentation.sentences import bounded_spans, sentence_spans, trim
from summarizer.segmentation.wrapping import Wrapping

_SENTENCES = frozenset({SegmentKind.PROSE, SegmentKind.ITEM})
_TRACE = frozenset({SegmentKind.EXCEPTION, SegmentKind.FRAME})


def split(text: str, part: Part) -> list[Segment]:
    """The segments of one part of a report in reading order; none overlaps another."""
    page = read_page(text, is_trace=part == "stacktrace_text")
    segments = []
    for start, end, kind, block in _pieces(page):
        visible = " ".join(unshield(page.text[start:end]).split())
        if not visible:
            # A piece of nothing but marks, such as a heading sign in a line of code.
            continue
        raw_start, raw_end = page.origins[start], page.origins[end - 1] + 1
        segments.append(Segment(part, raw_start, raw_end, visible, kind, block))
    return segments


def _pieces(page: Page) -> Iterator[tuple[int, int, SegmentKind, int]]:
    """Start, end, kind and block of the segments of a page."""
    for unit in _units(page):
        content = page.text[unit.start : unit.end]
        if unit.kind not in _SENTENCES:
            for start, end in bounded_spans(content):
                yield unit.start + start, unit.start + end, unit.kind, unit.block
            continue
        for start, end in sentence_spans(content):
            # A line's own label is a heading already; this one follows another sentence.
            label = label_end(content[start:end]) if start else None
            begin = start
            if label is not None:
                begin, _ = trim(content, start + label, end)
                heading_end = unit.start + start + label
                yield unit.start + start, heading_end, SegmentKind.HEADING, unit.block
            if begin < end:
                yield unit.start + begin, unit.start + end, unit.kind, unit.block


@dataclass(slots=True)
class _Unit:
    """Lines that are read as one: a paragraph's sentences, a list item, one line of code."""

    start: int
    end: int
    kind: SegmentKind
    block: int


def _units(page: Page) -> Iterator[_Unit]:
    wrapping = Wrapping(page.text, page.lines)
    unit: _Unit | None = None
    previous: Line | None = None
    after_blank = False
    block = -1
    for line in page.lines:
        if line.kind is None:
            after_blank = True
            continue
        if previous and unit and not after_blank and wrapping.continues(previous, line):
            unit.end = line.end
        else:
            if unit:
                yield unit
            if previous is None or not _share_block(previous, line, after_blank=after_blank):
                block += 1
            unit = _Unit(line.start, line.end, line.kind, block)
        previous = line
        after_blank = False
    if unit:
        yield unit


def _share_block(line: Line, following: Line, *, after_blank: bool) -> bool:
    if line.region is not None or following.region is not None:
        return line.region == following.region
    if line.kind is following.kind is SegmentKind.ITEM:
        return True
    if after_blank or SegmentKind.HEADING in (line.kind, following.kind):
        return False
    return line.kind is following.kind or {line.kind, following.kind} <= _TRACE
