"""What the lines of a page are: headings, list items, table rows or prose."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from summarizer.segmentation.labels import label_end
from summarizer.segmentation.markup import FILLER, HEADING_MARK, ROW_MARK
from summarizer.segmentation.segment import SegmentKind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page, or the part of one behind a label.

    `start` and `end` are positions in the page, without indentation, bullet and quote marks;
    `indent` is the column of `start`. `kind` is None where nothing is to be read. `begins` says
    that the line does not continue the one before, `stands_alone` that it does not go on in the
    next.
    """

    start: int
    end: int
    kind: SegmentKind | None
    indent: int = 0
    begins: bool = False
    stands_alone: bool = False


_GLYPHS = "\u2022\u00b7\u2023\u25e6\u25aa\u25cf\u25cb\u25a0\u00bb\u27a2\u2714\u2713"
_BULLET = re.compile(
    rf"""
    (?: [*+\u2013\u2014-] | [{_GLYPHS}] | [*#-]{{2,5}}(?=\s) | o(?=\s\s) | \#(?=\s)
      | \(?\d{{1,3}}[.)\]:] | \(?(?:[a-zA-Z]|[ivx]{{2,4}})[)](?=\s) )
    (?: \s+ | (?<=[.)\]:{_GLYPHS}])(?=[^\W\d]) )
    (?: \[[ xX]?\]\s+ )?
    | \([*/xX!y?n]\)\s+(?=\S)
    """,
    re.VERBOSE,
)
_TIGHT_BULLET = re.compile(r"[-*+](?=[^\W\d])")
_BARE_NUMBER = re.compile(r"(\d{1,2})\s+(?=[^\W\d])")
_LONE_NUMBER = re.compile(r"\(?\d{1,2}[.)]")
_QUOTE_MARKS = re.compile(r"^(?:[ \t]{0,8}>(?!>>)[ \t]?)+|^bq\.[ \t]+", re.MULTILINE)
_HASHES = re.compile(r"(#{1,6})(?:\s+|(?<=##)(?=\S))")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*")
_WORD = re.compile(r"[^\W_]")
_SYMBOL = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_LONGEST_TITLE = 80
_KEY_VALUE = re.compile(r"\w+(?:[ ./-]{1,2}[\w()#&+]+){0,3}\s*[:=]\s+\S")
_SENTENCE_OPENING = re.compile(
    r"(?:i|it|we|this|that|these|you|he|she|they|then|and|but|so|if|when|or|there|is|are|getting|"
    r"gives|see|also|because|with|for|in|on|at|to|as)\b",
    re.IGNORECASE,
)


def classify(lines: Sequence[str], kinds: Sequence[SegmentKind | None]) -> list[Line]:
    """The lines of a page. `kinds` holds what is already known of them."""
    found: list[Line] = []
    position = 0
    for number, line in enumerate(lines):
        kind = kinds[number]
        is_blank = not line or line.isspace()
        if kind is not None or is_blank:
            found.append(Line(position, position + len(line), None if is_blank else kind))
        else:
            context = _Context(
                before=lines[number - 1] if number else "",
                after=lines[number + 1] if number + 1 < len(lines) else "",
            )
            found.extend(_read(line, position, context))
        position += len(line) + 1
    return found


@dataclass(frozen=True, slots=True)
class _Context:
    before: str
    after: str


def _read(line: str, position: int, context: _Context) -> Iterator[Line]:
    quote = _QUOTE_MARKS.match(line)
    start = quote.end() if quote else 0
    start += len(line[start:]) - len(line[start:].lstrip())
    content = line[start:].rstrip()
    end = position + start + len(content)
    if _is_empty(content) or _LONE_NUMBER.fullmatch(content):
        yield Line(position, position, None)
        return
    if mark := _mark(content, context):
        kind, length = mark
        yield Line(position + start + length, end, kind, begins=True, stands_alone=True)
        return
    bullet = _bullet(content, context)
    if bullet and not _is_empty(content[bullet.end() :]):
        offset = start + bullet.end()
        yield from _labelled(
            line[offset:].rstrip(), position + offset, end, SegmentKind.ITEM, offset
        )
        return
    is_item = _LONE_NUMBER.fullmatch(context.before.strip())
    kind = SegmentKind.ITEM if is_item else SegmentKind.PROSE
    # A quotation interrupts what stands before it, and may itself go on without its marks.
    begins = bool(is_item) or _quote_depth(line) > _quote_depth(context.before)
    yield from _labelled(content, position + start, end, kind, start, begins=begins)


def _quote_depth(line: str) -> int:
    marks = _QUOTE_MARKS.match(line)
    return max(1, marks[0].count(">")) if marks else 0


def _mark(content: str, context: _Context) -> tuple[SegmentKind, int] | None:
    """The kind that a mark at the start of a line gives it, or an underline; the mark's length."""
    if content.startswith(HEADING_MARK):
        return SegmentKind.HEADING, 1
    if content.startswith(ROW_MARK):
        return SegmentKind.ITEM, 1
    hashes = _HASHES.match(content)
    if hashes and _is_heading(hashes, content, context):
        return SegmentKind.HEADING, hashes.end()
    is_underlined = _UNDERLINE.fullmatch(context.after) and not context.before.strip()
    if is_underlined and len(content) <= _LONGEST_TITLE:
        return SegmentKind.HEADING, 0
    return None


def _bullet(content: str, context: _Context) -> re.Match[str] | None:
    """The bullet of a line. `-word` and `1 word` have one where a line beside has its like."""
    around = (context.before.lstrip(), context.after.lstrip())
    if number := _BARE_NUMBER.match(content):
        beside = (f"{int(number[1]) - 1} ", f"{int(number[1]) + 1} ")
        return number if any(near.startswith(beside) for near in around) else None
    if tight := _TIGHT_BULLET.match(content):
        return tight if any(near.startswith(tight[0]) for near in around) else None
    return _BULLET.match(content)


def _is_empty(content: str) -> bool:
    return not _WORD.search(content) and not _SYMBOL.search(content)


def _is_heading(hashes: re.Match[str], content: str, context: _Context) -> bool:
    """`#` is a heading in Markdown and a numbered item in Jira, where items stand together."""
    if label_end(content[hashes.end() :]) is not None:
        return True
    return not any(
        near.lstrip().startswith(("# ", "#* ", "## ", "* ", "*# "))
        for near in (context.before, context.after)
    )


def _labelled(
    content: str, start: int, end: int, kind: SegmentKind, indent: int, *, begins: bool = True
) -> Iterator[Line]:
    """The line, its label split off as a heading."""
    label = label_end(content)
    if label is None and _is_short_title(content):
        label = len(content)
    if label is None:
        alone = kind is SegmentKind.PROSE and bool(_KEY_VALUE.match(content))
        yield Line(start, end, kind, indent, begins=begins or alone)
        return
    yield Line(start, start + label, SegmentKind.HEADING)
    rest = content[label:]
    if not _is_empty(rest):
        gap = len(rest) - len(rest.lstrip())
        bullet = _BULLET.match(rest, gap)
        if bullet and not _is_empty(rest[bullet.end() :]):
            gap, kind = bullet.end(), SegmentKind.ITEM
        yield Line(start + label + gap, end, kind, indent, begins=True)


def _is_short_title(content: str) -> bool:
    return (
        content.endswith(":")
        and len(content) <= 40
        and len(content.split()) <= 3
        and not content[0].islower()
        and not _SENTENCE_OPENING.match(content)
    )


def quote_marks_as_spaces(text: str) -> str:
    """The text with spaces for the `>` of quotations, so that a wrapped sentence holds none."""
    return _QUOTE_MARKS.sub(lambda marks: marks[0].replace(">", " "), text)


def without_quote_marks(line: str) -> str:
    """The line with FILLER in the place of the `>` or `bq.` before a quotation."""
    marks = _QUOTE_MARKS.match(line)
    return FILLER * marks.end() + line[marks.end() :] if marks else line
