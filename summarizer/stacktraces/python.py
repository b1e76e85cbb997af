"""Python: tracebacks, chained exceptions, exception groups and syntax errors."""

import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_FRAME = re.compile(
    r'File "(?P<file>[^"\n]{1,1000})", line (?P<line>\d{1,9})(?:, in (?P<function>\S.{0,200}))?'
)
_NOTEBOOK = re.compile(
    r"(?:File (?P<file>[^\s\"][^\"\n]{0,500}?(?:\.py\w?|>)):(?P<line>\d{1,9})"
    r"|(?P<cell>(?:Cell|Input) In ?\[\d{1,9}\])(?:, line (?P<cell_line>\d{1,9}))?"
    r"|(?P<old>(?:/|~|[A-Za-z]:\\)[^\n:]{1,500}\.pyx?|<ipython-input-[\w-]{1,60}>)"
    r"(?= in (?:<module>|[\w.]{1,200}\()))"
    r"(?:,? in (?:<cell line: (?P<only_line>\d{1,9})>|(?P<function>[\w.<>]{1,200}))"
    r"(?:\([^\n]{0,500}\))?)?"
)
"""A frame as IPython writes it, its older forms included."""
_OPENING = re.compile(
    r"(?:Exception Group |[A-Z][\w.]{0,80}\s{2,80})?Traceback \(most recent call last\):?"
)
_CHAIN = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_GROUP_RULE = re.compile(r"\+(?:(?:-\+)?-{16} (?:\d{1,4}|\.{3}) -{16}|-{36})")
_REPEATED = re.compile(
    r"\[(?:Previous line repeated \d{1,9} more times?|\.\.\. skipping [^\n]{1,200})\]"
)

_LIBRARY = re.compile(
    r"site-packages|dist-packages|/lib(?:64)?/python|Python\.framework|<frozen |<string>|<stdin>"
    # Windows: the installer, its store, conda, its environments, pyenv and uv.
    r"|(?i:\\(?:python[\d.-]*|pythonsoftwarefoundation[^\\]*|\w*conda\d*|envs\\[^\\]+"
    r"|versions\\[\d.]+|cpython-[^\\]*)\\lib\\)"
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
    frame = _NOTEBOOK.fullmatch(line)
    if frame is not None:
        return _notebook_frame(line, frame)
    if _REPEATED.fullmatch(line):
        return ParsedLine(LineKind.OMITTED, 0, len(line), Language.PYTHON)
    role = _header_role(line)
    if role is None:
        return None
    return ParsedLine(LineKind.HEADER, 0, len(line), Language.PYTHON, role)


def _header_role(line: str) -> Role | None:
    if _OPENING.fullmatch(line):
        return Role.OPENING
    if line in _CHAIN:
        return Role.CHAIN
    return Role.PLAIN if _GROUP_RULE.fullmatch(line) else None


def _notebook_frame(line: str, frame: re.Match[str]) -> ParsedLine:
    number = frame["line"] or frame["cell_line"] or frame["only_line"]
    return ParsedLine(
        LineKind.FRAME,
        0,
        len(line),
        Language.PYTHON,
        Role.NOTEBOOK,
        function=frame["function"] or "",
        file=frame["file"] or frame["cell"] or frame["old"],
        line=int(number) if number else None,
    )


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    return not _LIBRARY.search(file)


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return file.startswith("<") or (not is_application(function, file) and "-packages" not in file)
