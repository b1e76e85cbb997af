"""Python: tracebacks, chained exceptions, exception groups and syntax errors."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_FRAME = re.compile(
    r'File "(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>\S.{0,200}))?'
)
_OPENING = re.compile(r"(?:Exception Group )?Traceback \(most recent call last\):?")
_CHAIN = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_REPEATED = re.compile(r"\[Previous line repeated \d{1,9} more times?\]")

_LIBRARY = (
    "site-packages",
    "dist-packages",
    "/usr/lib/python",
    "/lib/python",
    "/lib64/python",
    "Python.framework",
    "\\Lib\\",
    "<frozen ",
    "<string>",
    "<stdin>",
)


def parse_line(line: str) -> ParsedLine | None:
    """Read one line of a traceback, other than the exception's own."""
    frame = _FRAME.fullmatch(line)
    if frame is not None:
        return ParsedLine(
            LineKind.FRAME,
            0,
            len(line),
            Language.PYTHON,
            function=frame["function"] or "",
            file=frame["file"],
            line=int(frame["line"]),
        )
    if _OPENING.fullmatch(line):
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.PYTHON, Role.OPENING)
    if line in _CHAIN:
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.PYTHON, Role.CHAIN)
    if _REPEATED.fullmatch(line):
        return ParsedLine(LineKind.OMITTED, 0, len(line), Language.PYTHON)
    return None


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    return not any(part in file for part in _LIBRARY)


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return file.startswith("<") or (not is_application(function, file) and "-packages" not in file)
