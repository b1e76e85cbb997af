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
    r"|[\w./@-]{1,300}\.go(?=:\d{1,9} \+0x))"
    r":(?P<line>\d{1,9})(?: \+0x[0-9a-f]+)?"
    r"(?: fp=0x[0-9a-f]+ sp=0x[0-9a-f]+ pc=0x[0-9a-f]+)?"
)
_ELIDED = "...additional frames elided..."

_STANDARD = re.compile(
    r"(?:archive|bufio|bytes|cmp|compress|container|context|crypto|database|debug|embed|encoding|"
    r"errors|expvar|flag|fmt|go|hash|html|image|index|internal|io|iter|log|maps|math|mime|net|os|"
    r"path|plugin|reflect|regexp|runtime|slices|sort|strconv|strings|sync|syscall|testing|text|"
    r"time|unicode|unique|vendor|weak)[./]|panic$"
)
"""The first element of every import path of the standard library; a module's has a dot there."""
_LIBRARY = re.compile(r"/usr/local/go/src/|/pkg/mod/|/vendor/|@v\d")


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
    return not (_STANDARD.match(function) or _LIBRARY.search(file))


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return _STANDARD.match(function) is not None or "/usr/local/go/src/" in file
