"""Go: panics, fatal errors and goroutines. A frame is two lines, the call and its place."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_PANIC = re.compile(
    r"(?:panic|http: panic serving \S{1,100}|Observed a panic): "
    r"(?P<message>\S.*?)(?: \[recovered\](?:, repanicked)?)?"
)
_FATAL = re.compile(
    r"fatal error: (?P<message>(?:all goroutines are asleep|concurrent map|stack overflow|"
    r"out of memory|runtime: out of memory|unexpected signal|sync: |found bad pointer|"
    r"stack exceeds).{0,300})"
)
_GOROUTINE = re.compile(
    r"goroutine \d{1,9}(?: gp=\S{1,30})?(?: m=\S{1,30})*(?: mp=\S{1,30})? \[[^\[\]]{1,100}\]:"
)
_SIGNAL = re.compile(r"\[signal (?:SIG\w{1,10}|0x[0-9a-f]{1,4})[:\s][^\[\]]{0,200}\]")
_CALL = re.compile(
    r"(?P<function>(?:[\w.~%-]{1,200}+/){0,20}[\w%-]{1,100}+\.[\w.()*\[\]·-]{1,300})"
    r"\((?P<arguments>[^\n]{0,1000})\)"
)
_RAISE = re.compile(r"panic\((?P<arguments>(?:\{?0x|\.\.\.)[^\n]{0,300})\)")
_ARGUMENTS = re.compile(
    r"(?:[{}, .?_]|0x[0-9a-f]+)*(?:0x[0-9a-f]+|\.{3})(?:[{}, .?_]|0x[0-9a-f]+)*"
)
_CREATED = re.compile(
    r"created by (?P<function>[\w./*()\[\]·%~-]{1,400}+)(?: in goroutine \d{1,9})?"
)
_PLACE = re.compile(
    r"(?P<file>(?:/|[A-Za-z]:[/\\])[^\n:]{0,500}\.(?:go|s)|_\w[\w./-]{0,100}"
    r"|[\w./-]{1,300}\.go(?=:\d{1,9} \+0x))"
    r":(?P<line>\d{1,9})(?: \+0x[0-9a-f]+)?"
    r"(?: fp=0x[0-9a-f]+ sp=0x[0-9a-f]+ pc=0x[0-9a-f]+)?"
)
_ELIDED = "...additional frames elided..."

_LIBRARY = re.compile(
    r"^(?:runtime|reflect|sync|syscall|testing|net/http|net|os|io|fmt|strings|bytes|sort|"
    r"encoding/\w+|database/sql|context|time|internal/[\w/]+|vendor/[\w./-]+)[.(]|^panic$"
)


def parse_line(line: str) -> ParsedLine | None:
    """Read one line of a trace."""
    for pattern, name in ((_PANIC, "panic"), (_FATAL, "fatal error")):
        match = pattern.fullmatch(line)
        if match is not None:
            return ParsedLine(
                LineKind.EXCEPTION,
                0,
                len(line),
                Language.GO,
                type_name=name,
                message=match["message"],
            )
    if _GOROUTINE.fullmatch(line):
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.GO, Role.OPENING)
    if _SIGNAL.fullmatch(line):
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.GO)
    if line == _ELIDED:
        return ParsedLine(LineKind.OMITTED, 0, len(line), Language.GO)
    match = _PLACE.fullmatch(line)
    if match is not None:
        return ParsedLine(
            LineKind.FRAME,
            0,
            len(line),
            Language.GO,
            Role.LOCATION,
            file=match["file"],
            line=int(match["line"]),
        )
    return _parse_call(line)


def _parse_call(line: str) -> ParsedLine | None:
    if _RAISE.fullmatch(line):
        return ParsedLine(LineKind.FRAME, 0, len(line), Language.GO, function="panic")
    match = _CREATED.fullmatch(line)
    if match is None or "." not in match["function"]:
        match = _CALL.fullmatch(line)
        if match is None or not (
            _ARGUMENTS.fullmatch(match["arguments"])
            or (match["arguments"] == "" and match["function"].startswith("main."))
        ):
            return None
    return ParsedLine(LineKind.FRAME, 0, len(line), Language.GO, function=match["function"])


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    if _LIBRARY.search(function):
        return False
    return not ("/usr/local/go/src/" in file or "/pkg/mod/" in file or "/go/src/runtime/" in file)


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return _LIBRARY.search(function) is not None or "/usr/local/go/src/" in file
