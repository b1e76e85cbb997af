"""Ruby: the raising line names file, method, message and type at once."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_PLACE = (
    r"(?P<file>[^\s:\"<>|#][^:\n\"<>|]{0,500}|[A-Za-z]:[/\\][^:\n\"<>|]{0,500}"
    r"|<internal:[\w/-]{1,100}>):(?P<line>\d{1,9}):in [`'](?P<function>[^'\n]{1,300})'"
)
_FRAME = re.compile(rf"(?:(?:\d{{1,6}}: )?from |# )?{_PLACE}")
# Rails leaves the generated method of a template out, older RSpec every method.
_WITHOUT_METHOD = re.compile(
    r"(?P<file>(?:# )?[^\s:\"<>|#]{1,300}\.(?:erb|haml|slim)|# [^\s:\"<>|#]{1,300}\.rb)"
    r":(?P<line>\d{1,9})"
)
_RAISED = re.compile(rf"{_PLACE}: (?P<message>\S.*?) ?\((?P<type>[A-Z]\w*+(?>(?:::[A-Z]\w*+)*))\)")
_UNTYPED = re.compile(rf"{_PLACE}: (?P<message>\S.*)")
_LEVELS = re.compile(r"\.{3} \d{1,9} levels\.{3}")

_LIBRARY = re.compile(
    r"lib/ruby|/gems/|^<internal:|/rubygems|vendor/bundle|/bundler/"
    r"|(?:^|/)bin/(?:rails|rake|bundle|rspec|puma)$"
    # Rails' own log: `activerecord (7.0.4) lib/active_record/core.rb`.
    r"|^[\w-]{1,60} \([\d.]{1,20}\) "
)


def parse_line(line: str) -> ParsedLine | None:
    """Read one line of a trace."""
    if ":in " not in line and _LEVELS.fullmatch(line):
        return ParsedLine(LineKind.OMITTED, 0, len(line), Language.RUBY)
    frame = _FRAME.fullmatch(line) if ":in " in line else _WITHOUT_METHOD.fullmatch(line)
    if frame is not None:
        return ParsedLine(
            LineKind.FRAME,
            0,
            len(line),
            Language.RUBY,
            function=frame.groupdict().get("function", ""),
            file=frame["file"].removeprefix("# "),
            line=int(frame["line"]),
        )
    if ":in " not in line:
        return None
    raised = _RAISED.fullmatch(line) or _UNTYPED.fullmatch(line)
    if raised is None:
        return None
    return ParsedLine(
        LineKind.EXCEPTION,
        0,
        len(line),
        Language.RUBY,
        Role.RAISED_HERE,
        function=raised["function"],
        file=raised["file"],
        line=int(raised["line"]),
        type_name=raised.groupdict().get("type") or "",
        message=raised["message"],
    )


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    return not _LIBRARY.search(file)


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return not is_application(function, file) and "/gems/" not in file
