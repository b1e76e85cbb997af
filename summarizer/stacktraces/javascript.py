"""JavaScript: V8 (Chrome, Node.js) and SpiderMonkey or JavaScriptCore (Firefox, Safari)."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine

_PLACE = r"(?P<file>\S.{0,1000}?):(?P<line>\d{1,9})(?::\d{1,9})?"
_FUNCTION = (
    r"(?:(?:async|new|get|set|static|function) ){0,3}[^\s()@]{1,300}"
    r"(?:(?<=\.[gs]et) [^\s()@]{1,300})?(?: \[as [^\[\]]{1,200}\])?"
)
_V8 = re.compile(rf"at (?P<function>{_FUNCTION}) \((?:eval at .{{0,500}}, )?{_PLACE}\)")
_V8_ANONYMOUS = re.compile(r"at (?:async )?(?P<file>\S.{0,1000}?):(?P<line>\d{1,9}):\d{1,9}")
_V8_NATIVE = re.compile(rf"at (?P<function>{_FUNCTION}) \((?P<file><anonymous>|native|index \d+)\)")
_TITANIUM = re.compile(r"at (?P<file>[^\s()]{1,500}\.js) \(line (?P<line>\d{1,9})\)")
_GECKO = re.compile(
    r"(?:at )?(?P<function>(?:global|eval|module) code|[^\s@]{0,300}+)@"
    r"(?P<file>\[native code\]|(?:[a-z][a-z.+-]{1,30}:|/|[A-Za-z]:\\)[^\s\"]{1,1000}?)"
    r"(?::(?P<line>\d{1,9})){0,1}(?::\d{1,9})?"
)
_OMITTED = re.compile(r"\.{3} \d{1,9} lines matching cause stack trace \.{3}")
_PATH = re.compile(
    r"[/\\]|^<anonymous>|^\w[\w$.-]*\.[A-Za-z]\w{0,4}$|^(?:node|internal|evalmachine)\b"
    r"|^\((?:index|unknown|program)\)$"
)

_ONE_WORD = re.compile(r"[^\W\d]\S*")

_LIBRARY = re.compile(
    r"node_modules/|node_modules\\|^node:|^internal/|^\(?internal|^native$|<anonymous>|^\[native"
    r"|^index \d|/webpack/bootstrap|webpack/runtime|^chrome-extension:|^moz-extension:"
    r"|(?:^|/)(?:react(?:-dom)?|vue|angular|zone)(?:\.[\w.-]{1,60})?\.js|^core\.mjs"
    r"|(?:^|[/~-])(?:polyfills?|vendors?)[.~-][\w.~-]{0,60}js"
    # The bundler's own runtime, which a server's file may be called as well.
    r"|^(?:https?:\S*/)?(?:runtime|framework)[.~-][\w.~-]{0,60}js"
    r"|^safari-extension:|^extensions::|^ext:|jquery[\w.-]{0,30}\.js"
    r"|//(?:cdnjs\.|cdn\.jsdelivr|unpkg\.|esm\.sh|ajax\.googleapis|code\.jquery)"
)
_RUNTIME = re.compile(r"node:|internal/|index \d")
_NODE_FILE = re.compile(
    r"(?:node|module|events|util|net|fs|path|timers|stream|child_process|http|https|vm|assert|"
    r"domain|bootstrap_node|_[a-z_]{1,40}|buffer|dns|tls|zlib|url|repl)\.js"
)


def parse_line(line: str) -> ParsedLine | None:
    """Read one line of a trace, other than the exception's own."""
    if line.startswith("at "):
        for pattern in (_V8, _V8_ANONYMOUS, _V8_NATIVE, _TITANIUM):
            match = pattern.fullmatch(line)
            if match is not None and (
                pattern is _V8_NATIVE
                or pattern is _TITANIUM
                or _PATH.search(match["file"])
                or (pattern is _V8 and _ONE_WORD.fullmatch(match["file"]))
            ):
                return _frame(line, match)
    if "@" in line:
        match = _GECKO.fullmatch(line)
        if match is not None and (match["line"] or match["file"] == "[native code]"):
            return _frame(line, match)
    if _OMITTED.fullmatch(line):
        return ParsedLine(LineKind.OMITTED, 0, len(line), Language.JAVASCRIPT)
    return None


def _frame(line: str, match: re.Match[str]) -> ParsedLine:
    groups = match.groupdict()
    number = groups.get("line")
    return ParsedLine(
        LineKind.FRAME,
        0,
        len(line),
        Language.JAVASCRIPT,
        function=groups.get("function") or "",
        file=groups["file"],
        line=int(number) if number else None,
    )


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    return not (_LIBRARY.search(file) or _NODE_FILE.fullmatch(file))


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    if file in ("<anonymous>", "native", "[native code]"):
        return True
    return bool(_RUNTIME.match(file) or _NODE_FILE.fullmatch(file))
