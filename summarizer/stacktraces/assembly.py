"""From the lines of one trace to its exceptions, frames and root cause."""

from types import ModuleType

from summarizer.stacktraces import dotnet, golang, java, javascript, python, ruby
from summarizer.stacktraces.model import (
    ExceptionLine,
    Frame,
    Language,
    LineKind,
    ParsedLine,
    Role,
    Section,
    StackTrace,
)

RULES: dict[Language, ModuleType] = {
    Language.PYTHON: python,
    Language.JAVA: java,
    Language.JAVASCRIPT: javascript,
    Language.DOTNET: dotnet,
    Language.GO: golang,
    Language.RUBY: ruby,
}
"""Per language the module that tells application frames from library frames and plumbing."""


class _Draft:
    """A section while its frames are collected, in the order of the text."""

    def __init__(self, exception: ExceptionLine | None = None) -> None:
        self.exception = exception
        self.frames: list[Frame] = []

    def finished(self, *, innermost_last: bool = False) -> Section:
        frames = reversed(self.frames) if innermost_last else self.frames
        return Section(self.exception, tuple(frames))


def build(text: str, lines: list[ParsedLine]) -> StackTrace:
    """Put the lines of one trace together; `lines` is not empty."""
    language = _language(lines)
    assemble = {
        Language.PYTHON: _python,
        Language.DOTNET: _dotnet,
        Language.GO: _go,
    }.get(language, _causes_last)
    return StackTrace(
        language=language,
        sections=tuple(assemble(text, lines)),
        start=lines[0].start,
        end=max(line.end for line in lines),
    )


def _language(lines: list[ParsedLine]) -> Language:
    """The frames know best, then headers, then the names of the exceptions."""
    by_weight = sorted(
        (line for line in lines if line.language is not Language.UNKNOWN),
        key=lambda line: (
            line.kind is not LineKind.FRAME and line.role is not Role.RAISED_HERE,
            line.kind is not LineKind.HEADER,
        ),
    )
    return by_weight[0].language if by_weight else Language.UNKNOWN


def _causes_last(text: str, lines: list[ParsedLine]) -> list[Section]:
    """Java, JavaScript, Ruby: an exception stands before its frames, a cause after its effect.

    Suppressed exceptions are in no chain.
    """
    chain: list[_Draft] = []
    aside: list[_Draft] = []
    current: _Draft | None = None
    aside_indent = 0
    for line in lines:
        if line.kind is LineKind.FRAME:
            if current is None:
                current = _Draft()
                chain.append(current)
            current.frames.append(_frame(text, line))
        elif line.kind in (LineKind.EXCEPTION, LineKind.CAUSE):
            is_suppressed = line.role is Role.SUPPRESSED
            if is_suppressed:
                aside_indent = line.indent
            elif not (current in aside and line.indent >= aside_indent > 0):
                aside_indent = 0
            current = _Draft(_exception(text, line, is_cause=bool(chain) and not is_suppressed))
            (aside if is_suppressed or aside_indent else chain).append(current)
            if line.role is Role.RAISED_HERE:
                current.frames.append(_raising_frame(text, line))
    return [draft.finished() for draft in [*reversed(chain), *aside]]


def _python(text: str, lines: list[ParsedLine]) -> list[Section]:
    """The exception stands after its frames, the innermost frame last, the first cause first."""
    closed: list[_Draft] = []
    current = _Draft()
    named = [line for line in lines if line.kind in (LineKind.EXCEPTION, LineKind.CAUSE)]
    groups = [line for line in named if line.type_name.endswith("ExceptionGroup")]
    outermost = groups[0] if groups else (named[-1] if named else None)
    for line in lines:
        if line.kind is LineKind.FRAME:
            current.frames.append(_frame(text, line))
        elif line.kind in (LineKind.EXCEPTION, LineKind.CAUSE):
            current.exception = _exception(text, line, is_cause=line is not outermost)
            closed.append(current)
            current = _Draft()
    if current.frames:
        closed.append(current)
    if outermost in groups:
        closed.sort(key=lambda draft: _is_group(draft.exception))
    return [draft.finished(innermost_last=True) for draft in closed]


def _is_group(exception: ExceptionLine | None) -> bool:
    return exception is not None and exception.type_name.endswith("ExceptionGroup")


def _dotnet(text: str, lines: list[ParsedLine]) -> list[Section]:
    """The outermost exception is named first, and the innermost one's frames come first."""
    open_drafts: list[_Draft] = []
    done: list[_Draft] = []
    for line in lines:
        if line.kind is LineKind.FRAME:
            if not open_drafts:
                open_drafts.append(_Draft())
            open_drafts[-1].frames.append(_frame(text, line))
        elif line.kind in (LineKind.EXCEPTION, LineKind.CAUSE):
            is_cause = bool(open_drafts) or line.kind is LineKind.CAUSE
            open_drafts.append(_Draft(_exception(text, line, is_cause=is_cause)))
            for type_name, message, start, end in line.inner:
                inner = ExceptionLine(text[start:end], type_name, message, start, end, True)
                open_drafts.append(_Draft(inner))
        elif line.role is Role.END_OF_INNER and len(open_drafts) > 1:
            done.append(open_drafts.pop())
    done.extend(reversed(open_drafts))
    return [draft.finished() for draft in done]


def _go(text: str, lines: list[ParsedLine]) -> list[Section]:
    """The panics come first, the oldest at the top; then the goroutine that panicked, then others.

    What stands above the last call of `panic` only handled it.
    """
    exceptions = [line for line in lines if line.kind in (LineKind.EXCEPTION, LineKind.CAUSE)]
    goroutines: list[list[Frame]] = [[]]
    call: ParsedLine | None = None
    for line in lines:
        if line.role is Role.LOCATION:
            goroutines[-1].append(_frame(text, call or line, line))
            call = None
            continue
        if call is not None:
            goroutines[-1].append(_frame(text, call))
            call = None
        if line.kind is LineKind.FRAME:
            call = line
        elif line.role is Role.OPENING and goroutines[-1]:
            goroutines.append([])
    if call is not None:
        goroutines[-1].append(_frame(text, call))
    first = goroutines[0]
    raised = max((i + 1 for i, frame in enumerate(first) if frame.function == "panic"), default=0)
    outer = [
        Section(_exception(text, line, is_cause=False), ()) for line in reversed(exceptions[1:])
    ]
    root = exceptions[0] if exceptions else None
    cause = None if root is None else _exception(text, root, is_cause=len(exceptions) > 1)
    sections = [Section(cause, tuple(first[raised:])), *outer, Section(None, tuple(first[:raised]))]
    sections += [Section(None, tuple(frames)) for frames in goroutines[1:]]
    return [section for section in sections if section.exception or section.frames]


def _frame(text: str, line: ParsedLine, place: ParsedLine | None = None) -> Frame:
    place = place or line
    function = line.function
    file = place.file
    rules = RULES[line.language]
    return Frame(
        text=text[line.start : place.end],
        function=function,
        file=file,
        line=place.line,
        is_application=rules.is_application(function, file),
        start=line.start,
        end=place.end,
        is_plumbing=rules.is_plumbing(function, file),
    )


def _raising_frame(text: str, line: ParsedLine) -> Frame:
    """The frame in a Ruby exception line: what stands before the message."""
    end = text.index(line.message, line.start, line.end) if line.message else line.end
    piece = text[line.start : end].rstrip().removesuffix(":")
    return Frame(
        text=piece,
        function=line.function,
        file=line.file,
        line=line.line,
        is_application=ruby.is_application(line.function, line.file),
        start=line.start,
        end=line.start + len(piece),
    )


def _exception(text: str, line: ParsedLine, *, is_cause: bool) -> ExceptionLine:
    return ExceptionLine(
        text=text[line.start : line.end],
        type_name=line.type_name,
        message=line.message,
        start=line.start,
        end=line.end,
        is_cause=is_cause or (line.kind is LineKind.CAUSE and line.role is not Role.SUPPRESSED),
    )
