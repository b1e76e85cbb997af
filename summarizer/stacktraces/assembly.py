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


def build(lines: list[ParsedLine]) -> StackTrace:
    """Put the lines of one trace together; `lines` is not empty."""
    language = _language(lines)
    if language is Language.JAVA:
        lines = java.without_library_jars(lines)
    assemble = {
        Language.PYTHON: _python,
        Language.DOTNET: _dotnet,
        Language.GO: _go,
    }.get(language, _causes_last)
    return StackTrace(
        language=language,
        sections=tuple(assemble(lines)),
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


def _causes_last(lines: list[ParsedLine]) -> list[Section]:
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
            current.frames.append(_frame(line))
        elif line.kind in (LineKind.EXCEPTION, LineKind.CAUSE):
            is_suppressed = line.role is Role.SUPPRESSED
            if is_suppressed:
                aside_indent = line.indent
            elif not (current in aside and line.indent >= aside_indent > 0):
                aside_indent = 0
            current = _Draft(_exception(line))
            (aside if is_suppressed or aside_indent else chain).append(current)
            if line.role is Role.RAISED_HERE:
                current.frames.append(_frame(line))
    return [draft.finished() for draft in [*reversed(chain), *aside]]


def _python(lines: list[ParsedLine]) -> list[Section]:
    """The exception stands after its frames, the innermost frame last, the first cause first."""
    closed: list[_Draft] = []
    current = _Draft()
    named = [line for line in lines if line.kind in (LineKind.EXCEPTION, LineKind.CAUSE)]
    groups = [line for line in named if line.type_name.endswith("ExceptionGroup")]
    outermost = groups[0] if groups else (named[-1] if named else None)
    for line in lines:
        if line.kind is LineKind.FRAME:
            current.frames.append(_frame(line))
        elif line.kind in (LineKind.EXCEPTION, LineKind.CAUSE):
            current.exception = _exception(line)
            closed.append(current)
            current = _Draft()
    if current.frames:
        closed.append(current)
    if outermost in groups:
        closed.sort(key=lambda draft: _is_group(draft.exception))
    return [draft.finished(innermost_last=True) for draft in closed]


def _is_group(exception: ExceptionLine | None) -> bool:
    return exception is not None and exception.type_name.endswith("ExceptionGroup")


def _dotnet(lines: list[ParsedLine]) -> list[Section]:
    """The outermost exception is named first, and the innermost one's frames come first."""
    open_drafts: list[_Draft] = []
    done: list[_Draft] = []
    for line in lines:
        if line.kind is LineKind.FRAME:
            if not open_drafts:
                open_drafts.append(_Draft())
            open_drafts[-1].frames.append(_frame(line))
        elif line.kind in (LineKind.EXCEPTION, LineKind.CAUSE):
            open_drafts.append(_Draft(_exception(line)))
            open_drafts.extend(_Draft(ExceptionLine(*inner)) for inner in line.inner)
        elif line.role is Role.END_OF_INNER and len(open_drafts) > 1:
            done.append(open_drafts.pop())
    done.extend(reversed(open_drafts))
    return [draft.finished() for draft in done]


def _go(lines: list[ParsedLine]) -> list[Section]:
    """The panics come first, the oldest at the top; then the goroutine that panicked, then others.

    What stands above the last call of `panic` only handled it.
    """
    exceptions = [
        _exception(line) for line in lines if line.kind in (LineKind.EXCEPTION, LineKind.CAUSE)
    ]
    goroutines: list[list[Frame]] = [[]]
    call: ParsedLine | None = None
    for line in lines:
        if line.role is Role.LOCATION:
            goroutines[-1].append(_frame(call or line, line))
            call = None
            continue
        if call is not None:
            goroutines[-1].append(_frame(call))
            call = None
        if line.kind is LineKind.FRAME:
            call = line
        elif line.role is Role.OPENING and goroutines[-1]:
            goroutines.append([])
    if call is not None:
        goroutines[-1].append(_frame(call))
    first = goroutines[0]
    raised = max((i + 1 for i, frame in enumerate(first) if frame.function == "panic"), default=0)
    sections = [Section(exceptions[0] if exceptions else None, tuple(first[raised:]))]
    sections += [Section(exception, ()) for exception in reversed(exceptions[1:])]
    sections.append(Section(None, tuple(first[:raised])))
    sections += [Section(None, tuple(frames)) for frames in goroutines[1:]]
    return [section for section in sections if section.exception or section.frames]


def _frame(line: ParsedLine, place: ParsedLine | None = None) -> Frame:
    place = place or line
    rules = RULES[line.language]
    return Frame(
        function=line.function,
        file=place.file,
        line=place.line,
        is_application=line.role is not Role.LIBRARY
        and rules.is_application(line.function, place.file),
        start=line.start,
        end=place.end,
        is_plumbing=rules.is_plumbing(line.function, place.file),
    )


def _exception(line: ParsedLine) -> ExceptionLine:
    return ExceptionLine(line.type_name, line.message, line.start, line.end)
