"""Lines whose characters are all meant as they stand: stack traces, logs and code."""

import re
from collections.abc import Sequence

from summarizer.segmentation.segment import SegmentKind
from summarizer.stacktraces import LineKind, classify_line

_LEVEL = r"TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|SEVERE|CRITICAL|ALERT|EMERG|VERBOSE"
_LOG = re.compile(
    rf"(?:--\s*)?\[\s*(?i:{_LEVEL})\s*\]"
    rf"|(?:{_LEVEL})(?:\s*[:|/\[(]|\s+-\s|\s{{2,}})\s*\S"
    r"|[\[(]?\d{4}[-/.]\d\d[-/.]\d\d[T ,]+\d\d:\d\d"
    r"|[\[(]?\d\d[-/.]\d\d(?:[-/.]\d{2,4})?[ ,]+\d\d:\d\d:\d\d"
    r"|[\[(]?\d\d:\d\d:\d\d(?:[.,]\d+)?[\])]?\s+\S"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)?[ ,]*"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
    r"\s+\d{1,2},?(?:\s+\d{4},?)?\s+\d\d?:\d\d(?::\d\d)?"
    r"|[VDIWEF]/[\w.$:@-]{1,60}\s*(?:\(\s*\d+\s*\))?\s*:"
    r"|[VDIWEF]\s{1,3}[\w.$-]{1,60}\s*:\s"
    r"|\[\s*\d+\.\d+\]\s"
    r"|npm (?:ERR!|WARN|http|verb|sill)(?=\s)"
    r"|!(?:ENTRY|MESSAGE|STACK|SUBENTRY|SESSION)\b"
)
_CODE_LINE = re.compile(
    r"(?:[{}()\[\];,]+|[})\]]+\s*(?:else|catch|finally)?\b.*[{;]?)$"
    r"|.*[\w)\]\"']\s*\([^()]*\)?.*[;{]\s*(?://.*)?$"
    r"|\}.*[;,)]$"
    r"|(?:[\w.$\[\]*&<>]+\s+){0,3}[\w.$\[\]'\"]+\s*[-+*/|&]?=(?!=)[^=].*[;{\[(,]\s*$"
    r"|(?:var|let|const|final|static|public|private|protected|return|throw|import|#import|#include|using|"
    r"package|export|new|@\w+)\b[^?!]*[;{(]\s*$"
    r"|(?:var|let|const)\s+\w+\s*="
    r"|(?:function|def|class)\s+[\w.]*\s*(?:\([^()]*\)|:|\{|extends\b).*$"
    r"|(?:interface|enum|struct|namespace)\s+\w.*\{$"
    r"|[\w.]+(?:\+\+|--);$|[\w$]+\s*:\s*[{\[]$"
    r"|(?:if|for|while|switch|catch|else if)\s*\(.*\)\s*\{?\s*$"
    r"|(?://|/\*|\*/)\s?.*$"
    r"|<[?!/]?[A-Za-z][\w:.-]*(?:\s+[\w:.-]+\s*=\s*[\"'][^<>]*|)/?\??>.*$"
    r"|[\w$]+(?:\.[\w$]+)+\s*\([^()]*\{?$"
    r"|[\"']?[\w.$-]+[\"']?\s*:\s*(?:[\"'][^\"']*[\"']|[\w.#]+(?:\([^()]*\))?|\{|\[)\s*[,{\[]$"
    r"|<[A-Za-z][\w:.-]*(?:\s+[\w:.-]+\s*=\s*[\"'][^\"'<>]*[\"'])+\s*$"
    r"|[\w:.-]+=\"[^\"<>]*\"\s*/?>?$"
    r"|[$%]\s+\w.*$"
)
_CARETS = re.compile(r"[>\s]*\s[~^]+\s*")
_INDENT = re.compile(r"(?>(?:>[ \t]?)*)[ \t]")
_FILLING = frozenset({SegmentKind.CODE, SegmentKind.FRAME})
_WORDY = re.compile(r"(?:[A-Za-z']{2,}[ ,]+){4}")
_LONGEST_TEST = 400
_TRACE_KINDS = {LineKind.EXCEPTION: SegmentKind.EXCEPTION, LineKind.CAUSE: SegmentKind.EXCEPTION}


def verbatim_kind(line: str, *, is_code: bool) -> SegmentKind | None:
    """The kind of a line that must be kept as it is; None for one written as text.

    `is_code` says that the line stands in a code block.
    """
    bare = line.strip() if is_code else line.lstrip("> \t").rstrip()
    if not bare:
        return SegmentKind.CODE if is_code else None
    trace = classify_line(bare)
    if trace is not None:
        return _TRACE_KINDS.get(trace, SegmentKind.FRAME)
    if _LOG.match(bare):
        return SegmentKind.LOG
    if is_code or (len(bare) <= _LONGEST_TEST and _CODE_LINE.match(bare)):
        return SegmentKind.CODE
    return None


def fill_gaps(lines: Sequence[str], kinds: list[SegmentKind | None]) -> None:
    """Give a line between two lines of code or two frames their kind.

    A single `height: 10` could be text; inside an object literal it is not. A line in words is
    left, except among frames. Python shows an indented line of code between the last frame and the
    exception, and carets below it.
    """
    for number in range(1, len(kinds) - 1):
        around = kinds[number - 1]
        if around not in _FILLING or kinds[number] is not None:
            continue
        has_carets = number + 2 < len(kinds) and _CARETS.fullmatch(lines[number + 1])
        after = kinds[number + 2 if has_carets else number + 1]
        is_last = after is SegmentKind.EXCEPTION and _INDENT.match(lines[number])
        if after is not around and not (around is SegmentKind.FRAME and is_last):
            continue
        line = lines[number].strip("> \t~^")
        if line and (around is SegmentKind.FRAME or not _WORDY.search(line)):
            kinds[number] = around
