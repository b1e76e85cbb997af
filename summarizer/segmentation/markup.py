"""Markup taken out of a text without moving a character.

Every function returns a text of the same length in which markup has become FILLER, so a position
in it is a position in the raw text. FILLER is dropped at the very end. Markdown, Jira wiki markup
and HTML are read at once, because reports mix them.
"""

import html
import re
from collections.abc import Callable, Iterable

from summarizer.segmentation.labels import label_end

FILLER = "\0"
HEADING_MARK = "\x02"
"""Stands where the markup of a heading began."""
ROW_MARK = "\x03"
"""Stands in the place of the first bar of a table row."""

_SPECIAL = "*_`[]{}<>!|#~+-=&\\^("
_SHIELD = {ord(mark): 0xE000 + index for index, mark in enumerate(_SPECIAL)}
_UNSHIELD: dict[int, str | None] = {code: chr(mark) for mark, code in _SHIELD.items()}
_UNSHIELD |= {ord(HEADING_MARK): None, ord(ROW_MARK): None}

_FILLED = re.compile(f"{FILLER}+")
_UNSEEN = re.compile(f"[{FILLER}{HEADING_MARK}{ROW_MARK}]+")

_COLOUR = re.compile(r"\x1b\[[\d;]{0,20}m")
_INVISIBLE = (
    *range(0x09),
    *range(0x0E, 0x20),
    *range(0x7F, 0x85),
    *range(0x86, 0xA0),
    0xAD,
    0x180E,
    0x200B,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    *range(0xFFF9, 0xFFFD),
    *range(0xD800, 0xE000),
    *range(0xE000, 0xE000 + len(_SPECIAL)),
)
_NORMAL = dict.fromkeys(_INVISIBLE, FILLER) | dict.fromkeys(
    (0x0B, 0x0C, 0x85, 0x2028, 0x2029), "\n"
)

_BLOCK_TAGS = (
    "p|div|br|hr|li|ul|ol|tr|table|tbody|thead|h[1-6]|blockquote|details|summary|section|dl|dt|dd|"
    "pre"
)
_INLINE_TAGS = (
    "b|i|u|s|em|strong|a|span|font|code|kbd|tt|sub|sup|small|big|img|input|td|th|del|ins|mark|samp|"
    "var|cite|abbr|center|video|source"
)
_SAMPLE_LINE = (
    r"(?P<sample>^[ \t]*<(?:div|input|button|form|script|body|html|meta|link|table|ul|select)\s"
    r"(?:[^<>\n]{0,300}\s)?(?:class|id|on\w{2,20}|type|name)\s?=[^\n]*>[ \t]*$)"
)
"""A line of HTML that was written to be read."""
_TAG = re.compile(
    rf"{_SAMPLE_LINE}|</?(?P<name>{_BLOCK_TAGS}|{_INLINE_TAGS})(?:\s[^<>]*+|/)?>",
    re.IGNORECASE | re.MULTILINE,
)
_BLOCK_TAG = re.compile(_BLOCK_TAGS)
_CLOSING_TAG = re.compile(r"</([a-z][a-z0-9]{0,15})\s*>", re.IGNORECASE)
_VOID_TAGS = frozenset({"br", "hr", "img", "input", "li", "p"})
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,12});")
_MACRO = re.compile(
    r"\{(?:html|quote|panel|color|expand|info|tip|note|warning|anchor|section|column|noformat|code)"
    r"(?::[^{}\n]{0,300})?\}|\{[*_+-]\}",
    re.IGNORECASE,
)
_URL = re.compile(r"\b(?:https?|ftp|file)://[^\s<>|\])}\"'`]+|\bwww\.[^\s<>|\])}\"'`]+")
_CODE_SPAN = re.compile(r"(?<!`)(`{1,3})(?!`)([^`\n]+)\1(?!`)|(\{\{)([^{}\n]+)\}\}")
_ESCAPED = re.compile(r"(?<![:\\])\\([\[\]|`]|\*(?!\.))|(?<![\w:\\])\\([_#{}!~-])")
_WHOLE_LINE_BOLD = re.compile(
    r"^[ \t]*(\*{1,3}|__|[_+])(?=[^\s*_+])([^*\n]{1,80}?)(?<=\S)\1([ \t]*:)?[ \t]*$", re.MULTILINE
)
_JIRA_HEADING = re.compile(r"^[ \t]*(h[1-6]\.)(?=[ \t])", re.MULTILINE)
_IMAGE = re.compile(
    r"!\[([^\[\]\n]*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)"
    r"|(?<![\w!])![^!\s|][^!\n|]*\.(?:png|jpe?g|gif|bmp|svg|webp|mov|mp4|tiff?)(?:\|[^!\n]*)?!",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\[\]\n]*)\](\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\))")
_JIRA_LINK = re.compile(
    r"\[([^\[\]\n|]+)(\|[^\[\]\n]*)\](?!\()|\[([~^#]|(?=(?:https?:|ftp:|file:|mailto:|www\.)))"
    r"([^\[\]\n|]+)\]"
)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+|[\w.+-]+@[\w.-]+)>")
_STARRED = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*.,;/)])([^*\n]+?)(?<=\S)\1(?![\w*])")
_STRONG = re.compile(r"(?<![\w_./\\-])(__)(?=\S)([^_\n]*[^\w\n][^_\n]*?)(?<=\S)__(?![\w(./])")
_STRESSED = re.compile(r"(?<![\w_./\\-])(_)(?=[^\s_])([^_\n]+?)(?<=\S)_(?![\w(./])")
_DELETED = re.compile(r"(?<![\w~])(~~)(?=\S)([^~\n]+?)(?<=\S)~~(?![\w~])")
_INSERTED = re.compile(r"(?<![\w+])(\+)(?=\w)([^+\n]+?)(?<=[\w:.])\+(?![\w+])")
_MARKED_LABEL = re.compile(
    r"^([ \t]*(?:(?:[-*+]|\d{1,2}[.)])[ \t]+)?)([*_]{1,3})(?=[^\s*_])([^*_\n]{2,60}?)([*_]{1,3})"
    r"(?=([ \t]*:)|[ \t]+(\S))",
    re.MULTILINE,
)
_ROW = re.compile(r"^([ \t]*)\|(.*\S)[ \t]*$", re.MULTILINE)
_BARS = re.compile(r"[ \t\0]*\|+[ \t\0]*")
_STRAY_BOLD = re.compile(r"(?<!\*)\*\*(?=[^\s*]|\s*$)", re.MULTILINE)


def normalise(text: str) -> str:
    """Line ends as line feeds; zero-width and control characters, terminal colours as FILLER."""
    lines = text.replace("\r\n", "\0\n").replace("\r", "\n")
    if "\x1b" in lines:
        lines = _COLOUR.sub(_fill, lines)
    return lines.translate(_NORMAL)


def blank(text: str) -> str:
    """FILLER in the place of everything but the line ends."""
    return "\n".join(FILLER * len(line) for line in text.split("\n"))


def shield(text: str) -> str:
    """The text with everything that could be read as markup hidden until `unshield`."""
    return text.translate(_SHIELD)


def unshield(text: str) -> str:
    """What `shield` was given, without marks."""
    return text.translate(_UNSHIELD)


def visible(text: str) -> tuple[str, list[int]]:
    """A shielded text as a reader sees it, and for each character its position in `text`."""
    return unshield(text).replace(FILLER, ""), _positions_without(_UNSEEN, text)


def without_filler(text: str) -> tuple[str, list[int]]:
    """A text without its FILLER, and for each character its position in `text`."""
    return text.replace(FILLER, ""), _positions_without(_FILLED, text)


def decode_entities(text: str) -> str:
    """`&quot;` and the like as the character that they stand for; code has them as well."""
    return _ENTITY.sub(_entity, text) if "&" in text else text


def closed_tags(texts: Iterable[str]) -> frozenset[str]:
    """The names of the tags that may be markup: they are closed, or need not be."""
    return _VOID_TAGS.union(
        name.lower() for text in texts if "<" in text for name in _CLOSING_TAG.findall(text)
    )


def mask_tags(text: str, closed: frozenset[str]) -> str:
    """Without HTML tags, `<br>` and its like being line ends, and without Jira's block macros."""
    if "<" in text:
        text = _TAG.sub(lambda tag: _tag(tag, closed), text)
    return _MACRO.sub(_fill, text)


def mask_inline(text: str) -> str:
    """Without links, images, emphasis and inline code marks; works line by line."""
    for marks, markup, replacement in _INLINE:
        # A look for a mark is far quicker than one for all that it may begin.
        if any(mark in text for mark in marks):
            text = markup.sub(replacement, text)
    return text


def _positions_without(gap: re.Pattern[str], text: str) -> list[int]:
    """The positions of a text's characters but those that a pattern finds."""
    positions: list[int] = []
    begin = 0
    for found in gap.finditer(text):
        positions.extend(range(begin, found.start()))
        begin = found.end()
    positions.extend(range(begin, len(text)))
    return positions


def _fill(match: re.Match[str]) -> str:
    return FILLER * len(match[0])


def _padded(match: re.Match[str], kept: str) -> str:
    return kept + FILLER * (len(match[0]) - len(kept))


def _entity(match: re.Match[str]) -> str:
    character = html.unescape(match[0])
    if len(character) > 1 and character.startswith("&"):
        return match[0]
    character = normalise(character).replace("\n", " ")
    return _padded(match, character)


def _tag(match: re.Match[str], closed: frozenset[str]) -> str:
    if match["sample"] is not None:
        return match[0]
    name = match["name"].lower()
    # "the <div> is empty" speaks of a tag; a tag that is never closed is no markup. Nor is a
    # capital letter, which is a type parameter as in `List<B>`.
    if name not in closed or (
        name.upper() == match["name"] and match[0] == f"<{name.upper()}>" and len(name) == 1
    ):
        return match[0]
    if match[0].startswith("</") or not _BLOCK_TAG.fullmatch(name):
        is_gap = name in {"td", "th"}
        return _padded(match, "\n" if _BLOCK_TAG.fullmatch(name) else " " if is_gap else "")
    if name == "li":
        return _padded(match, "\n* ")
    if name == "summary" or (name[0] == "h" and name[1:].isdigit()):
        return _padded(match, "\n" + HEADING_MARK)
    return _padded(match, "\n")


def _code_span(match: re.Match[str]) -> str:
    fence, content = (match[1], match[2]) if match[1] else (match[3], match[4])
    return FILLER * len(fence) + shield(content) + FILLER * len(fence)


def _link(match: re.Match[str]) -> str:
    if match[1].strip(FILLER + " "):
        return FILLER + match[1] + FILLER * (1 + len(match[2]))
    return _fill(match)


def _jira_link(match: re.Match[str]) -> str:
    if match[2] is not None:
        if not re.match(r"\|\s*(?:\w+:|[/#^~.]|www\.)", match[2]):
            return match[0]
        return FILLER + match[1] + FILLER * (1 + len(match[2]))
    if match[3] == "^":
        return _fill(match)
    return FILLER * (1 + len(match[3])) + shield(match[4]) + FILLER


def _jira_heading(match: re.Match[str]) -> str:
    return match[0].replace(match[1], HEADING_MARK + FILLER * (len(match[1]) - 1))


def _whole_line_bold(match: re.Match[str]) -> str:
    marker = match[1]
    is_label = match[2].endswith(":") or match[3] or len(match[2].split()) <= 3
    first = HEADING_MARK if is_label else FILLER
    line = match[0].replace(marker, first + FILLER * (len(marker) - 1), 1)
    head, _, tail = line.rpartition(marker)
    return head + FILLER * len(marker) + tail


def _marked_label(match: re.Match[str]) -> str:
    """`**Expected** …` as `Expected: …`, and the marks of a label gone even where they differ."""
    before, opening, label, closing, colon, following = match.groups()
    if label_end(f"{label}:") is None:
        return match[0]
    if colon or label.endswith(":"):
        closed = FILLER * len(closing)
    elif following.islower() and " " not in label:
        # "*Actual* users see it": a word that is stressed.
        return match[0]
    else:
        closed = ":" + FILLER * (len(closing) - 1)
    return before + FILLER * len(opening) + label + closed


def _emphasis(match: re.Match[str]) -> str:
    fill = FILLER * len(match[1])
    return fill + match[2] + fill


def _row(match: re.Match[str]) -> str:
    """`| a | b | c |` as `a, b, c`; `| a | b |`, mostly a name and its value, as `a: b`."""
    cells = match[2]
    if not cells.endswith("|"):
        return match[0]
    inner = cells.strip("| \t\0")
    start = cells.find(inner) if inner else len(cells)
    between = ":" if len(_BARS.findall(inner)) == 1 else ","
    listed = _BARS.sub(lambda bar: _padded(bar, f"{between} "[: len(bar[0])]), inner)
    tail = FILLER * (len(match[0]) - len(match[1]) - 1 - start - len(inner))
    return match[1] + ROW_MARK + FILLER * start + listed + tail


_INLINE: tuple[tuple[tuple[str, ...], re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (("`", "{{"), _CODE_SPAN, _code_span),
    (("\\",), _ESCAPED, lambda escaped: FILLER + shield(escaped[0][1:])),
    (("!",), _IMAGE, _fill),
    (("[",), _LINK, _link),
    (("[",), _JIRA_LINK, _jira_link),
    (("<",), _AUTOLINK, lambda link: FILLER + shield(link[1]) + FILLER),
    (("://", "www."), _URL, lambda url: shield(url[0])),
    (("h",), _JIRA_HEADING, _jira_heading),
    (("*", "_", "+"), _WHOLE_LINE_BOLD, _whole_line_bold),
    (("*", "_"), _MARKED_LABEL, _marked_label),
    (("*",), _STARRED, _emphasis),
    (("__",), _STRONG, _emphasis),
    (("_",), _STRESSED, _emphasis),
    (("~~",), _DELETED, _emphasis),
    (("+",), _INSERTED, _emphasis),
    (("**",), _STRAY_BOLD, lambda _: FILLER * 2),
    (("|",), _ROW, _row),
)
"""What is masked, in this order: the marks without which there is none of it, and by what."""
