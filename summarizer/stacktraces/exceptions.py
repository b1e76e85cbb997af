"""Exception lines, which most languages write the same way: `Type: message`."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_LEAD = r"""(?:
    (?:\(node:\d{1,9}\)\ )?(?:Uncaught|Unhandled)(?:Promise[A-Za-z]{0,30})?[ ]?
        (?:\(in\ promise\)|[Pp]romise\ [Rr]ejection(?:\ Warning)?|[Ee]xception)?[.:]?\s+
  | (?:\(node:\d{1,9}\)\ )?UnhandledPromiseRejectionWarning:\s+
  | Exception\ in\ thread\ "[^"\n]{0,200}"\s+
  | Fatal\ [Ee]xception:\s+
)?"""

_NAME = r"(?>(?:[A-Za-z_$][\w$]*+(?:\.|::))*)[A-Za-z_$][\w$]*+"

_TYPE_AND_MESSAGE = rf"""(?P<type>{_NAME}(?:`\d)?)
    (?:\ \[\w{{1,60}}\]|\ \((?:0x[0-9a-fA-F]{{1,16}}|-?\d{{1,10}})\)(?=:))?
    (?P<rest>\s*:(?:\s+(?P<message>\S.*))?)?"""

_TYPED = re.compile(rf"{_LEAD}{_TYPE_AND_MESSAGE}", re.VERBOSE)
_CAUSE = re.compile(
    rf"""(?P<lead>Caused\ by|Suppressed|Wrapped\ by|\[cause\]
        |--->(?:\ \(Inner\ Exception\ \#\d+\))?):?\s+{_TYPE_AND_MESSAGE}""",
    re.VERBOSE,
)
_RUBY_LOG = re.compile(
    r"(?P<type>(?>(?:[A-Z]\w*+::)*)[A-Z]\w*+) \((?P<message>\S.*)\):?",
)
_DOTNET_INNER = re.compile(rf"\s+--->\s+(?P<type>{_NAME})(?P<rest>:\s+)")

_SUFFIX = re.compile(r"(?:Error|Exception|Throwable|ExceptionGroup)\d?$")
_QUALIFIED_SUFFIX = re.compile(r"(?:Failure|Fault|Timeout|NotFound|Invalid|Interrupt|ThreadDeath)$")
_WITHOUT_SUFFIX = frozenset({
    "KeyboardInterrupt", "SystemExit", "StopIteration", "StopAsyncIteration", "GeneratorExit",
    "DeprecationWarning", "RuntimeWarning", "UserWarning",
})  # fmt: skip
_BARE = frozenset(("Error", "Exception", "error", "exception", "Throwable"))

_PYTHON_ONLY = frozenset({
    "ValueError", "KeyError", "AttributeError", "IndexError", "NameError", "ImportError",
    "ModuleNotFoundError", "OSError", "IOError", "FileNotFoundError", "PermissionError",
    "ZeroDivisionError", "RuntimeError", "NotImplementedError", "RecursionError", "MemoryError",
    "UnicodeDecodeError", "UnicodeEncodeError", "IndentationError", "TabError",
    "UnboundLocalError", "ConnectionRefusedError", "TimeoutError", "ConnectionError",
    "ConnectionResetError", "OverflowError", "KeyboardInterrupt", "SystemExit", "StopIteration",
    "ExceptionGroup", "BaseExceptionGroup", "AssertionError",
})  # fmt: skip
_JAVASCRIPT_ONLY = frozenset({
    "ReferenceError", "RangeError", "URIError", "InternalError", "DOMException",
})  # fmt: skip
_RUBY_ONLY = frozenset({
    "NoMethodError", "ArgumentError", "LoadError", "FrozenError",
})  # fmt: skip
_NAMES = {
    Language.PYTHON: _PYTHON_ONLY,
    Language.JAVASCRIPT: _JAVASCRIPT_ONLY,
    Language.RUBY: _RUBY_ONLY,
}


def parse_exception(line: str) -> ParsedLine | None:
    """Read an exception or cause line that is the whole of `line`."""
    cause = _CAUSE.fullmatch(line)
    if cause is not None:
        return _parse_cause(line, cause)
    match = _TYPED.fullmatch(line)
    if match is None or not _names_exception(match["type"], has_message=bool(match["message"])):
        return _parse_ruby_log(line)
    if match["rest"] is None and match["type"] in _BARE:
        return None
    message, inner = _split_inner(line, match)
    return ParsedLine(
        LineKind.EXCEPTION,
        0,
        len(line),
        _language(match["type"], line),
        type_name=match["type"],
        message=message,
        inner=inner,
    )


def _parse_cause(line: str, match: re.Match[str]) -> ParsedLine | None:
    type_name = match["type"]
    if not ("." in type_name or _names_exception(type_name, has_message=bool(match["message"]))):
        return None
    lead = match["lead"]
    language = _language(type_name, line)
    if lead == "[cause]":
        language = Language.JAVASCRIPT
    elif lead.startswith("--->"):
        language = Language.DOTNET
    message, inner = _split_inner(line, match)
    return ParsedLine(
        LineKind.CAUSE,
        0,
        len(line),
        language,
        Role.SUPPRESSED if lead == "Suppressed" else Role.PLAIN,
        type_name=type_name,
        message=message,
        inner=inner,
    )


def _parse_ruby_log(line: str) -> ParsedLine | None:
    match = _RUBY_LOG.fullmatch(line)
    if match is None or not _names_exception(match["type"], has_message=True):
        return None
    if match["type"] in _BARE:
        return None
    return ParsedLine(
        LineKind.EXCEPTION,
        0,
        len(line),
        Language.RUBY,
        type_name=match["type"],
        message=match["message"],
    )


def _names_exception(name: str, *, has_message: bool) -> bool:
    """Whether a name can only be an exception's; a bare `Error` needs its message."""
    if name in _BARE:
        return has_message and name[0].isupper()
    if name in _WITHOUT_SUFFIX or _SUFFIX.search(name):
        return name.rpartition(".")[2][0].isupper() or "." in name
    return ("." in name or "::" in name) and _QUALIFIED_SUFFIX.search(name) is not None


def _split_inner(
    line: str, match: re.Match[str]
) -> tuple[str, tuple[tuple[str, str, int, int], ...]]:
    """.NET's older style names the inner exceptions in the same line, after `--->`."""
    message = match["message"] or ""
    marks = list(_DOTNET_INNER.finditer(line, match.end("type")))
    if not marks:
        return message, ()
    ends = [mark.start() for mark in marks[1:]] + [len(line)]
    inner = tuple(
        (mark["type"], line[mark.end() : end].strip(), mark.start("type"), end)
        for mark, end in zip(marks, ends, strict=True)
    )
    return line[match.start("message") : marks[0].start()].strip(), inner


def _language(type_name: str, line: str) -> Language:
    """The language that a name by itself gives away."""
    for language, names in _NAMES.items():
        if type_name in names:
            return language
    if type_name.startswith(("System.", "Microsoft.")) or " ---> " in line:
        return Language.DOTNET
    if line.startswith(("Uncaught ", "(node:")):
        return Language.JAVASCRIPT
    if "::" in type_name:
        return Language.RUBY
    package, _, name = type_name.rpartition(".")
    is_java = (
        line.startswith(("Caused by: ", "Suppressed: ", "Exception in thread "))
        or package.startswith(("java.", "javax.", "kotlin."))
        or (package[:1].islower() and name.endswith("Exception"))
    )
    return Language.JAVA if is_java else Language.UNKNOWN
