"""The lines of a text, and the pieces of lines that hold a whole trace."""

import dataclasses
import re
from collections.abc import Iterator

from summarizer.stacktraces.lines import MAX_LINE_CHARS, parse_content, parse_span
from summarizer.stacktraces.model import LineKind, ParsedLine
from summarizer.stacktraces.prefixes import content_span

_LINE = re.compile(r"[^\r\n]+")
_FILLERS = ("", "at")
"""A blank line, and the `at` that a line break has cut from its frame."""

_INLINE_FRAME = re.compile(
    r"(?<![\w$])at\s(?:async |new )?[^\s()]{1,300}+ ?\([^()\n]{1,300}\)"
    r"(?:[^\S\n]*~?\[[^\[\]\n]{0,100}\])?"
)
_INLINE_BREAK = re.compile(
    r"\\n(?=[^\s@\\\"]{0,100}@|\s{0,8}at\s)|\s(?=Caused by:\s|\.{3}\s\d{1,9} more\b)|(?<=\d)(?=\")"
)
_WRAPPED_FRAME = re.compile(
    r"(?:at )?(?:[\w$<>/@-]{1,200}+\.){1,40}[\w$<>]{0,200}+(?:\([^()\n]{0,300})?\)?"
)
_EMBEDDED_EXCEPTION = re.compile(
    r"(?<![\w$.])(?:(?:[a-z]\w{0,50}+\.){1,12}[A-Z][\w$]{0,100}"
    r"|[A-Z][A-Za-z]{0,60}(?=(?:Exception|Error): ))(?:Exception|Error)\b(?::\s\S.*)?\s*$"
)


class Piece:
    """A line or a part of one, with what it is; `number` counts the lines that are not blank."""

    __slots__ = ("end", "number", "parsed", "start")

    def __init__(self, start: int, end: int, number: int, parsed: ParsedLine | None) -> None:
        self.start = start
        self.end = end
        self.number = number
        self.parsed = parsed


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of `text` that are not blank, in order."""
    number = 0
    consumed = 0
    for match in _LINE.finditer(text):
        start, end = match.span()
        if start < consumed:
            continue
        content = content_span(text, start, min(end, start + MAX_LINE_CHARS))
        parsed = parse_content(text, start, *content)
        if parsed is None and end - start <= MAX_LINE_CHARS:
            if text[slice(*content)] in _FILLERS:
                continue
            parsed = _parse_wrapped(text, *content, end)
        elif parsed is not None and parsed.type_name and text[content[1] - 1] == ":":
            parsed = _with_message_below(text, parsed, end)
        number += 1
        if parsed is not None and parsed.end > end:
            consumed = parsed.end
            yield Piece(start, consumed, number, parsed)
        else:
            yield from _split(text, start, end, number, parsed)


def _split(
    text: str, start: int, end: int, number: int, parsed: ParsedLine | None
) -> Iterator[Piece]:
    cuts = _cuts(text, start, end, parsed)
    if not cuts:
        yield Piece(start, end, number, parsed)
        return
    for left, right in zip([start, *cuts], [*cuts, end], strict=True):
        if not text[left:right].isspace():
            yield Piece(left, right, number, parse_span(text, left, right))


def embedded_exception(text: str, piece: Piece) -> ParsedLine | None:
    """The exception at the end of a line of prose or of a log, which its frames follow."""
    match = _EMBEDDED_EXCEPTION.search(text, max(piece.start, piece.end - 1_000), piece.end)
    if match is None:
        return None
    parsed = parse_span(text, match.start(), match.end())
    return parsed if parsed is not None and parsed.kind is LineKind.EXCEPTION else None


def _parse_wrapped(text: str, start: int, end: int, line_end: int) -> ParsedLine | None:
    """A trace line that a mail program or a form has broken in two."""
    is_cause = text[start:end] == "Caused by:"
    if not (is_cause or _WRAPPED_FRAME.fullmatch(text, start, end)):
        return None
    following = _LINE.search(text, line_end)
    if following is None:
        return None
    left, right = following.span()
    left, right = content_span(text, left, min(right, left + MAX_LINE_CHARS))
    whole = text[start:end] + (" " if is_cause else "") + text[left:right]
    joined = parse_span(whole, 0, len(whole))
    if joined is None or joined.kind not in (LineKind.FRAME, LineKind.CAUSE):
        return None
    return dataclasses.replace(joined, start=start, end=right)


def _with_message_below(text: str, exception: ParsedLine, line_end: int) -> ParsedLine:
    """RSpec indents the message below the type, which ends in a colon."""
    following = _LINE.search(text, line_end)
    if exception.message or following is None:
        return exception
    left, right = following.span()
    start, end = content_span(text, left, min(right, left + MAX_LINE_CHARS))
    if start - left <= exception.indent or parse_content(text, left, start, end) is not None:
        return exception
    return dataclasses.replace(exception, message=text[start:end], end=end)


def _cuts(text: str, start: int, end: int, parsed: ParsedLine | None) -> list[int]:
    """Where to cut a line that holds several trace lines, as lost line breaks leave it."""
    is_named = parsed is not None and parsed.kind in (LineKind.EXCEPTION, LineKind.CAUSE)
    if parsed is not None and not is_named:
        return []
    frames = list(_INLINE_FRAME.finditer(text, start, end))
    breaks = [match.end() for match in _INLINE_BREAK.finditer(text, start, end)]
    if not frames and not any("@" in text[cut : cut + 101] for cut in breaks):
        return []
    edges = {edge for frame in frames for edge in frame.span()} | set(breaks)
    return sorted(edges - {start, end})
