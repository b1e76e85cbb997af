"""A report's text as segments: sentences, list items, headings, code and trace lines.

Each segment knows the raw characters that it was read from, so an answer can be traced back to the
request. Takes linear time in the length of the text.
"""

import re
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
_TEXT = _SENTENCES | {SegmentKind.HEADING}
_NUMBER_BEFORE = re.compile(r"(?<!\S)\(?(\d{1,2})[.)\]:]?\s{0,4}\Z")
_STEP_NUMBER = re.compile(r"\d{1,2}\.\s+(?=[^\W\d_])")


def split(text: str, part: Part) -> list[Segment]:
    """The segments of one part of a report in reading order; none overlaps another."""
    page = read_page(text, is_trace=part == "stacktrace_text")
    segments = []
    for start, end, kind in _pieces(page):
        shown = " ".join(unshield(page.text[start:end]).split())
        if not shown:
            # A piece of nothing but marks, such as a heading sign in a line of code.
            continue
        raw_start, raw_end = page.origins[start], page.origins[end - 1] + 1
        priority = None if kind in _TEXT else _priority(page, raw_start, raw_end)
        segments.append(Segment(part, raw_start, raw_end, shown, kind, priority))
    return segments


def _priority(page: Page, start: int, end: int) -> int | None:
    """The priority of the most important trace line that begins between two raw positions."""
    if not page.priorities:
        return None
    found = (page.priorities.get(at) for at in range(start, end))
    return min((priority for priority in found if priority is not None), default=None)


def _pieces(page: Page) -> Iterator[tuple[int, int, SegmentKind]]:
    """Start, end and kind of the segments of a page."""
    for unit in _units(page):
        content = page.text[unit.start : unit.end]
        if unit.kind not in _SENTENCES:
            for start, end in bounded_spans(content):
                yield unit.start + start, unit.start + end, unit.kind
            continue
        for start, end in sentence_spans(content, _item_number(page, unit)):
            # What begins a line has lost its number and label; this follows another sentence.
            number = _STEP_NUMBER.match(content, start, end) if start else None
            begin = number.end() if number else start
            label = label_end(content[begin:end]) if start else None
            if label is not None:
                yield unit.start + begin, unit.start + begin + label, SegmentKind.HEADING
                begin, _ = trim(content, begin + label, end)
            if begin < end:
                yield unit.start + begin, unit.start + end, unit.kind


def _item_number(page: Page, unit: "_Unit") -> int | None:
    if unit.kind is not SegmentKind.ITEM:
        return None
    number = _NUMBER_BEFORE.search(page.text, max(0, unit.start - 10), unit.start)
    return int(number[1]) if number else None


@dataclass(slots=True)
class _Unit:
    """Lines that are read as one: a paragraph's sentences, a list item, one line of code."""

    start: int
    end: int
    kind: SegmentKind


def _units(page: Page) -> Iterator[_Unit]:
    wrapping = Wrapping(page.text, page.lines)
    unit: _Unit | None = None
    previous: Line | None = None
    after_blank = False
    for line in page.lines:
        if line.kind is None:
            after_blank = True
            continue
        if previous and unit and not after_blank and wrapping.continues(previous, line):
            unit.end = line.end
        else:
            if unit:
                yield unit
            unit = _Unit(line.start, line.end, line.kind)
        previous = line
        after_blank = False
    if unit:
        yield unit
