"""Which lines of a text belong to the same stack trace."""

import re
from collections.abc import Iterable

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role
from summarizer.stacktraces.pieces import Piece, embedded_exception
from summarizer.stacktraces.prefixes import content_span

_OWN_EXCEPTION = re.compile(
    r"(?P<type>(?>(?:[A-Za-z_]\w*+\.)*)[A-Z]\w*+)(?::(?:\s+(?P<message>\S[^\n]*))?)?"
)
_MESSAGE_LINES = 8
"""Further lines that an exception's message may have before its first frame."""
_LINES_BETWEEN = 3
"""Source lines, carets and log noise that may stand between two trace lines."""
_LINES_BETWEEN_FRAMES = 2
_NOTEBOOK_LINES = 30
"""Lines of source that IPython may show below a frame."""


class Run:
    """The trace lines of one stack trace while they are collected."""

    def __init__(self, first: ParsedLine, number: int) -> None:
        self.lines: list[ParsedLine] = []
        self._frame_language: Language | None = None
        self._has_group = False
        self.add(first, number)

    @property
    def last(self) -> ParsedLine:
        """The line that was added last."""
        return self.lines[-1]

    def add(self, line: ParsedLine, number: int) -> None:
        """Append a line, which stands on the line `number` of the text."""
        self.lines.append(line)
        self.last_number = number
        if line.kind is LineKind.FRAME:
            self._frame_language = line.language
        elif line.type_name.endswith("ExceptionGroup"):
            self._has_group = True

    def takes(self, line: ParsedLine, number: int) -> bool:
        """Whether `line`, on the line `number`, goes on with this trace."""
        between = max(0, number - self.last_number - 1)
        after_exception = self.last.kind in (LineKind.EXCEPTION, LineKind.CAUSE)
        if line.kind is LineKind.FRAME:
            most = _MESSAGE_LINES if after_exception else self._most(_LINES_BETWEEN_FRAMES)
            return between <= most and self._takes_frame(line, after_exception=after_exception)
        if between > self._most(_LINES_BETWEEN):
            return line.kind is LineKind.CAUSE and after_exception and between <= _MESSAGE_LINES
        if line.kind is LineKind.EXCEPTION:
            return self._takes_exception(line, between)
        if line.role is Role.OPENING:
            return self._takes_opening(line)
        return True

    def _most(self, ordinary: int) -> int:
        """How many other lines may follow the last one."""
        return _NOTEBOOK_LINES if self.last.role is Role.NOTEBOOK else ordinary

    def _takes_frame(self, line: ParsedLine, *, after_exception: bool) -> bool:
        language = self._frame_language
        if language is None:
            return True
        if language is Language.PYTHON and after_exception:
            return False
        return language is line.language

    def _takes_exception(self, line: ParsedLine, between: int) -> bool:
        language = self._frame_language
        if language is None:
            both_panics = self.last.language is Language.GO and line.language is Language.GO
            return both_panics or self.last.kind is LineKind.HEADER
        if language is Language.PYTHON:
            return self.last.kind in (LineKind.FRAME, LineKind.OMITTED)
        same_ruby_trace = language is Language.RUBY and line.role is Role.RAISED_HERE
        return same_ruby_trace and between == 0

    def _takes_opening(self, line: ParsedLine) -> bool:
        if line.language is Language.GO:
            return self.last.language is Language.GO
        if line.language is Language.PYTHON:
            return self.last.role is Role.CHAIN or self._has_group
        return False


def group(text: str, pieces: Iterable[Piece]) -> list[list[ParsedLine]]:
    """Collect trace lines into traces, in the order of the text."""
    runs: list[Run] = []
    before: Piece | None = None
    for piece in pieces:
        line = piece.parsed
        if line is None and runs:
            line = _own_exception(text, piece, runs[-1])
        if line is not None:
            if runs and runs[-1].takes(line, piece.number):
                runs[-1].add(line, piece.number)
            else:
                runs.append(_begin(text, line, piece, before))
        before = piece
    return [run.lines for run in runs if _is_trace(run.lines)]


def _own_exception(text: str, piece: Piece, run: Run) -> ParsedLine | None:
    """An exception of any name that ends a Python traceback: it stands left of the frames."""
    last = run.last
    if (
        last.language is not Language.PYTHON
        or last.kind is not LineKind.FRAME
        or piece.number - run.last_number > _LINES_BETWEEN
    ):
        return None
    match = _OWN_EXCEPTION.fullmatch(text, *content_span(text, piece.start, piece.end))
    if match is None or match.start() - piece.start >= last.indent:
        return None
    return ParsedLine(
        LineKind.EXCEPTION,
        match.start(),
        match.end(),
        Language.PYTHON,
        type_name=match["type"],
        message=match["message"] or "",
        indent=match.start() - piece.start,
    )


def _begin(text: str, line: ParsedLine, piece: Piece, before: Piece | None) -> Run:
    """A new trace; frames may follow a line of prose or of a log that ends in the exception."""
    is_adjacent = before is not None and before.parsed is None and piece.number - before.number < 2
    if before is not None and is_adjacent and line.kind is LineKind.FRAME:
        exception = embedded_exception(text, before)
        if exception is not None:
            run = Run(exception, piece.number)
            run.add(line, piece.number)
            return run
    return Run(line, piece.number)


def _is_trace(lines: list[ParsedLine]) -> bool:
    """A lone call without its place and a lone `Error: …` are prose or a log line."""
    kinds = {line.kind for line in lines}
    if LineKind.FRAME in kinds:
        return len(lines) > 1 or bool(lines[0].line)
    named = [line for line in lines if line.kind in (LineKind.EXCEPTION, LineKind.CAUSE)]
    return any(line.type_name not in ("Error", "Exception") for line in named)
