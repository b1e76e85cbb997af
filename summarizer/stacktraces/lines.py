"""One trace line by itself, in whatever language it is."""

import dataclasses
from functools import lru_cache

from summarizer.stacktraces import dotnet, golang, java, javascript, python, ruby
from summarizer.stacktraces.exceptions import parse_exception
from summarizer.stacktraces.model import LineKind, ParsedLine
from summarizer.stacktraces.prefixes import content_span

MAX_LINE_CHARS = 2_000
"""Only so much of a line is read; a frame is never longer."""
_REMEMBERED_LINES = 512
"""A report's lines are read for its traces and again one by one."""

_PARSERS = (
    python.parse_line,
    java.parse_line,
    javascript.parse_line,
    dotnet.parse_line,
    ruby.parse_line,
    golang.parse_line,
    parse_exception,
)


def parse_span(text: str, start: int, end: int) -> ParsedLine | None:
    """Read `text[start:end]`, a line, after what loggers put before it; offsets into `text`."""
    return parse_content(text, start, *content_span(text, start, min(end, start + MAX_LINE_CHARS)))


def parse_content(text: str, line_start: int, start: int, end: int) -> ParsedLine | None:
    """The same for the content of a line, which a logger began at `line_start`."""
    content = text[start:end]
    if not content:
        return None
    parsed = _parse(content)
    if parsed is None:
        return None
    return dataclasses.replace(
        parsed,
        start=parsed.start + start,
        end=parsed.end + start,
        indent=start - line_start,
        inner=tuple((t, m, s + start, e + start) for t, m, s, e in parsed.inner),
    )


@lru_cache(maxsize=_REMEMBERED_LINES)
def _parse(content: str) -> ParsedLine | None:
    parsed = (parse(content) for parse in _PARSERS)
    return next((line for line in parsed if line is not None), None)


def classify_line(line: str) -> LineKind | None:
    """What one line of a stack trace is by itself; None where it is no trace line.

    A log prefix in front of it does not matter. Prose that speaks of errors is no trace line.
    """
    parsed = parse_span(line, 0, len(line))
    return None if parsed is None else parsed.kind
