"""Where to start, from the stack trace of a report."""

import re

from schemas.report import ReportInput
from summarizer.hints import hint_for
from summarizer.stacktraces import ExceptionLine, Frame, Language, StackTrace, find_traces

MAX_MESSAGE_CHARS = 200

_GENERATED_MEMBER = re.compile(
    r"(?:[.+]<>c(?:__DisplayClass\w{1,20})?)?[.+]<(\w{1,200})>[bdg]__[\w|]{1,200}(?:\.MoveNext)?"
)
"""Where .NET's compilers put the code of lambdas, local functions and asynchronous methods."""
_BLOCK = re.compile(r"^(?:(?:block|rescue|ensure)(?: \(\d{1,4} levels\))? in )+")
_NO_NAME = re.compile(
    r"(?:(?:Object|Module)\.|new |async )?<(?:anonymous|module|main|cell|top \(required\))>(?:/<)*"
    r"|(?:global|module|eval) code"
)


def suggest_solution(report: ReportInput) -> str | None:
    """The root exception, the frame to start from and what to check; None without a trace.

    It says nothing that does not stand in the trace. The stack trace's own text goes before the
    description, in which a lone frame, or a lone exception of which nothing is known, is no trace:
    logs are full of them.
    """
    apart = _most_telling(find_traces(report.stacktrace_text or ""))
    if apart is not None:
        return _sentences(apart)
    described = _most_telling(
        [trace for trace in find_traces(report.description or "") if _is_worth_a_start(trace)]
    )
    return None if described is None else _sentences(described)


def _is_worth_a_start(trace: StackTrace) -> bool:
    exception = trace.root_cause
    lines = len(trace.frames_from_root) + len(trace.exceptions)
    return lines > 1 or (exception is not None and hint_for(exception) is not None)


def _most_telling(traces: list[StackTrace]) -> StackTrace | None:
    """The first trace with an exception and an application frame, else the next best."""
    return max(traces, key=_telling, default=None)


def _telling(trace: StackTrace) -> tuple[bool, bool, bool]:
    frame = trace.top_application_frame
    has_exception = trace.root_cause is not None
    has_application_frame = frame is not None and frame.is_application
    return has_exception and frame is not None, has_application_frame, has_exception


def _sentences(trace: StackTrace) -> str:
    exception, frame = trace.root_cause, trace.top_application_frame
    if exception is None:
        return _frame_only(trace)
    raised = _raised(exception)
    if frame is None:
        start = f"Start where {raised} was raised; no stack frame of it was found."
    elif frame is trace.frames_from_root[0] and frame in trace.sections[0].frames:
        start = f"Start at {_place(frame, trace.language)}, where {raised} was raised."
    else:
        start = f"Start at {_place(frame, trace.language)}, whose call led to {raised}."
    hint = hint_for(exception)
    return f"{start} {hint}" if hint else start


def _frame_only(trace: StackTrace) -> str:
    frame = trace.top_application_frame or trace.frames_from_root[0]
    role = ", the topmost application frame of the stack trace" if frame.is_application else ""
    return f"Start at {_place(frame, trace.language)}{role}."


def _raised(exception: ExceptionLine) -> str:
    name = exception.type_name or "an error"
    message = _shortened(exception.message).rstrip(".:; ")
    return f"{name}: {message}" if message else name


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_MESSAGE_CHARS else text[: MAX_MESSAGE_CHARS - 1].rstrip() + "…"


def _place(frame: Frame, language: Language) -> str:
    """`OrderService.total (OrderService.java:42)`; what the frame does not name is left out."""
    function = _short_function(frame.function, language)
    location = frame.file
    if frame.line is not None:
        location = f"{location}:{frame.line}" if location else f"line {frame.line}"
    if function and location:
        return f"{function} ({location})"
    return function or location


def _short_function(function: str, language: Language) -> str:
    """Without the package or namespace, which the file or the search makes up for.

    What the runtime calls code outside of functions, and inside of unnamed ones, is no name.
    """
    if language is Language.DOTNET:
        function = _GENERATED_MEMBER.sub(r".\1", function)
    elif language is Language.RUBY:
        function = _BLOCK.sub("", function)
    if _NO_NAME.fullmatch(function):
        return ""
    if language is Language.GO:
        return function.rpartition("/")[2]
    if language not in (Language.JAVA, Language.DOTNET):
        return function
    owner, dot, name = function.replace("..", ".").rpartition(".")
    return f"{owner.rpartition('.')[2]}{dot}{name}"
