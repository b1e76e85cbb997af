"""Which line goes on in the next: text that a mail program or a form wrapped."""

from collections.abc import Sequence
from itertools import pairwise

from summarizer.segmentation.lines import Line
from summarizer.segmentation.segment import SegmentKind

_WIDEST = 100
_NARROWEST = 50
_SLACK = 14
_FULL_LINES = 3
_LONG_LINE = 45
_FINAL = frozenset(":;{}\uff1a")
_ADDRESSES = ("http:", "https:")
_TEXT = frozenset({SegmentKind.PROSE, SegmentKind.ITEM})


class Wrapping:
    """Decides whether a line continues the one before it, for one page."""

    def __init__(self, text: str, lines: Sequence[Line]) -> None:
        self._text = text
        self._width = _wrap_width(text, lines)
        self._is_wrapped = self._width is not None or any(
            self._goes_on_in_lower_case(line, following) and line.end - line.start >= _LONG_LINE
            for line, following in pairwise(lines)
        )

    def continues(self, line: Line, following: Line) -> bool:
        """Whether `following`, the next line of the page, goes on with the sentence of `line`."""
        if line.kind not in _TEXT or following.kind is not SegmentKind.PROSE:
            return False
        text = self._text
        last = text[line.end - 1]
        is_apart = line.stands_alone or following.begins or last in _FINAL
        if is_apart or text.startswith(_ADDRESSES, following.start):
            return False
        if line.kind is SegmentKind.ITEM and following.indent >= line.indent > 0:
            return True
        if self._is_full(line, following):
            return True
        if not text[following.start].islower():
            return False
        # Where other lines are wrapped, a short one may be the begin of a sentence that was moved
        # to a line of its own. In a text without capitals nothing tells that.
        return (
            last == ","
            or line.end - line.start >= _LONG_LINE
            or (self._is_wrapped and self._goes_on_in_lower_case(line, following))
        )

    def _goes_on_in_lower_case(self, line: Line, following: Line) -> bool:
        """Whether a line begins with a capital, ends no sentence, and the next begins small."""
        text = self._text
        return (
            line.kind is SegmentKind.PROSE
            and following.kind is SegmentKind.PROSE
            and text[line.start].isupper()
            and text[line.end - 1].isalnum()
            and text[following.start].islower()
        )

    def _is_full(self, line: Line, following: Line) -> bool:
        """Whether the first word of `following` would not have fitted on `line`."""
        if self._width is None:
            return False
        word = self._text[following.start : following.end].split(maxsplit=1)[0]
        return line.indent + line.end - line.start + 1 + len(word) > self._width - 2


def _wrap_width(text: str, lines: Sequence[Line]) -> int | None:
    """The column at which the text was wrapped; None where it was not.

    Lines of one long word, an address for instance, do not count.
    """
    lengths = [
        line.indent + line.end - line.start
        for line in lines
        if line.kind in _TEXT and text.count(" ", line.start, line.end) >= 4
    ]
    width = max(lengths, default=0)
    if not _NARROWEST <= width <= _WIDEST:
        return None
    full = sum(length >= width - _SLACK for length in lengths)
    return width if full >= _FULL_LINES else None
