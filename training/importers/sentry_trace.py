"""The frames of a Sentry event as the stack trace that its platform would have printed."""

import re
from collections.abc import Callable, Sequence

from training.importers.sentry_event import (
    SentryEvent,
    SentryException,
    SentryFrame,
)

_ENDINGS = {
    "py": "python",
    "java": "java",
    "kt": "java",
    "scala": "java",
    "rb": "ruby",
    "go": "go",
    "cs": "csharp",
}
_DIRECT = "The above exception was the direct cause of the following exception:"
_DURING = "During handling of the above exception, another exception occurred:"
_SIGNATURE = re.compile(r"(?P<name>[^\s(]+)\s*(?P<arguments>\(.*\))", re.DOTALL)
_BUILT_IN = ("builtins", "__builtin__", "exceptions")
Write = Callable[[Sequence[SentryException]], str]


def trace_of(event: SentryEvent) -> str:
    """The trace of an event, empty where it has no frames.

    Platforms that print in a form of their own get V8's, with the frame that raised first.
    """
    exceptions = _with_frames(event)
    if not any(exception.frames for exception in exceptions):
        return ""
    write = _WRITERS.get(_platform(event, exceptions), _v8)
    return write(exceptions).replace("\r\n", "\n").replace("\x00", "").strip("\n")


def _with_frames(event: SentryEvent) -> Sequence[SentryException]:
    """The exceptions, the last with the frames that the event keeps elsewhere."""
    exceptions = [exception for exception in event.exceptions if exception.says_something]
    if any(exception.frames for exception in exceptions):
        return exceptions
    threads = [thread for thread in event.threads if thread.frames]
    crashed = [thread for thread in threads if thread.crashed or thread.current]
    frames = event.frames or next((thread.frames for thread in [*crashed, *threads]), ())
    raised = exceptions[-1] if exceptions else SentryException()
    return [*exceptions[:-1], raised.model_copy(update={"frames": frames})]


def _platform(event: SentryEvent, exceptions: Sequence[SentryException]) -> str:
    """The platform that the event or its frames name, else that of the files."""
    frames = [frame for exception in exceptions for frame in exception.frames]
    named = event.platform or next((frame.platform for frame in frames if frame.platform), None)
    if named and named != "other":
        return named
    endings = ((frame.filename or frame.path or "").rpartition(".")[2] for frame in frames)
    return next((_ENDINGS[ending] for ending in endings if ending in _ENDINGS), "javascript")


def _file(frame: SentryFrame) -> str:
    return frame.path or frame.filename or ""


def _header(name: str, value: str | None) -> str:
    told = (value or "").strip()
    return f"{name}: {told}" if name and told else name or told


def _qualified(exception: SentryException) -> str:
    """The exception's type with its module, where that is a package and not there already."""
    name, module = exception.type or "", exception.module or ""
    is_package = re.fullmatch(r"\w+(?:\.\w+)*", module) is not None
    if not is_package or "." in name or "::" in name or module in _BUILT_IN:
        return name
    return f"{module}.{name}"


def _python(exceptions: Sequence[SentryException]) -> str:
    blocks: list[str] = []
    for number, exception in enumerate(exceptions):
        lines = ["Traceback (most recent call last):"] if exception.frames else []
        for frame in exception.frames:
            place = (
                f'  File "{_file(frame) or frame.module or "<unknown>"}", line {frame.line or 0}'
            )
            lines.append(f"{place}, in {frame.function or '<module>'}")
            if frame.source_line:
                lines.append(f"    {frame.source_line}")
        lines.append(_header(_qualified(exception), exception.value))
        blocks.append("\n".join(lines).rstrip("\n"))
        if number + 1 < len(exceptions):
            source = exception.mechanism.source if exception.mechanism else None
            blocks.append(_DIRECT if source == "__cause__" else _DURING)
    return "\n\n".join(blocks)


def _java(exceptions: Sequence[SentryException]) -> str:
    lines: list[str] = []
    for number, exception in enumerate(reversed(exceptions)):
        header = _header(_qualified(exception), exception.value)
        lines.append(f"Caused by: {header}" if number else header)
        for frame in reversed(exception.frames):
            function = f"{frame.module}.{frame.function}" if frame.module else frame.function
            file = (frame.filename or "").rpartition("/")[2]
            place = f"{file}:{frame.line}" if file and (frame.line or 0) > 0 else file
            lines.append(f"\tat {function}({place or 'Unknown Source'})")
    return "\n".join(lines)


def _v8(exceptions: Sequence[SentryException]) -> str:
    """The cause stands inside, indented by two more, as Node.js prints it."""
    outer, *causes = reversed(exceptions)
    lines = [_header(outer.type or "", outer.value), *_v8_frames(outer)]
    closing: list[str] = []
    for depth, cause in enumerate(causes, start=1):
        indent = "  " * depth
        lines[-1] += " {"
        lines.append(f"{indent}[cause]: {_header(cause.type or '', cause.value)}")
        lines += [f"{indent}{line}" for line in _v8_frames(cause)]
        closing.insert(0, f"{'  ' * (depth - 1)}}}")
    return "\n".join([*(line for line in lines if line), *closing])


def _v8_frames(exception: SentryException) -> list[str]:
    return [f"    at {_v8_call(frame)}" for frame in reversed(exception.frames)]


def _v8_call(frame: SentryFrame) -> str:
    place = _file(frame) or frame.module or "<anonymous>"
    if frame.line:
        place += f":{frame.line}"
    if frame.line and frame.column:
        place += f":{frame.column}"
    function = frame.function or "?"
    is_nameless = function in ("?", "<anonymous>", "anonymous")
    return place if is_nameless and frame.column else f"{function} ({place})"


def _dotnet(exceptions: Sequence[SentryException]) -> str:
    """The outermost exception is named first, and the innermost one's frames come first."""
    outer, *inner = reversed(exceptions)
    lines = [_header(_dotnet_type(outer), outer.value)]
    lines += [f" ---> {_header(_dotnet_type(cause), cause.value)}" for cause in inner]
    for cause in exceptions[:-1]:
        lines += [f"   at {_dotnet_call(frame)}" for frame in reversed(cause.frames)]
        lines.append("   --- End of inner exception stack trace ---")
    lines += [f"   at {_dotnet_call(frame)}" for frame in reversed(outer.frames)]
    return "\n".join(line for line in lines if line)


def _dotnet_type(exception: SentryException) -> str:
    """The module of .NET's exceptions is an assembly with its version, no part of the name."""
    return exception.type or ""


def _dotnet_call(frame: SentryFrame) -> str:
    signature = _SIGNATURE.fullmatch(frame.function or "")
    name = signature["name"] if signature else frame.function or "?"
    arguments = signature["arguments"] if signature else "()"
    is_class = bool(frame.module) and frame.module != "(unknown)"
    function = f"{frame.module}.{name}" if is_class else name
    place = f" in {_file(frame)}:line {frame.line}" if _file(frame) and frame.line else ""
    return f"{function}{arguments}{place}"


def _go(exceptions: Sequence[SentryException]) -> str:
    """A panic is one only where nothing handled it; another error is named by its type."""
    lines = [
        f"panic: {exception.value or exception.type or ''}"
        if not exception.handled
        else _header((exception.type or "").lstrip("*"), exception.value)
        for exception in reversed(exceptions)
    ]
    lines = ["\n".join(line for line in lines if line), "", "goroutine 1 [running]:"]
    raised = next(exception for exception in reversed(exceptions) if exception.frames)
    for frame in reversed(raised.frames):
        function = f"{frame.module}.{frame.function}" if frame.module else frame.function
        lines += [f"{function}(...)", f"\t{_file(frame)}:{frame.line or 0}"]
    return "\n".join(lines).strip()


def _ruby(exceptions: Sequence[SentryException]) -> str:
    lines: list[str] = []
    for exception in reversed(exceptions):
        name = _ruby_type(exception)
        told, _, more = (exception.value or "").partition("\n")
        header = f"{told} ({name})" if name else told
        places = [
            f"{_file(frame)}:{frame.line or 0}:in `{frame.function or '<main>'}'"
            for frame in reversed(exception.frames)
        ]
        lines.append(f"{places[0]}: {header}" if places else header)
        lines += [more] if more else []
        lines += [f"\tfrom {place}" for place in places[1:]]
    return "\n".join(lines)


def _ruby_type(exception: SentryException) -> str:
    name, module = exception.type or "", exception.module or ""
    return name if not module or "::" in name else f"{module}::{name}"


_WRITERS: dict[str, Write] = {
    "python": _python,
    "java": _java,
    "csharp": _dotnet,
    "go": _go,
    "ruby": _ruby,
}
