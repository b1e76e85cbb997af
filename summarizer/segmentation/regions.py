"""The regions of a text that are code by their markup, and the comments that nobody sees."""

import re
from collections.abc import Sequence

from summarizer.segmentation.labels import label_end
from summarizer.segmentation.markup import (
    FILLER,
    blank,
    closed_tags,
    decode_entities,
    mask_tags,
    shield,
)

# Python underlines code with `~~~^^^`, which is no fence.
_OPENER = re.compile(
    r"^[ \t>]{0,20}(?P<fence>`{3,}|~{3,}+(?!\^))(?P<info>[^`\n]*)$"
    r"|(?P<comment><!--)"
    r"|\{(?P<macro>code|noformat)(?::[^{}\n]{0,200})?\}"
    r"|<(?P<pre>pre)(?:\s[^<>]{0,500})?>",
    re.MULTILINE | re.IGNORECASE,
)
_LONGEST_FENCE = 8
"""Longer fences are closed as one of this length, so that only so many closers are looked for."""
_CLOSERS = {
    **{
        "`" * length: re.compile(rf"`{{{length},}}[ \t]*$", re.MULTILINE)
        for length in range(3, _LONGEST_FENCE + 1)
    },
    **{
        "~" * length: re.compile(rf"^[ \t>]{{0,20}}~{{{length},}}[ \t]*$", re.MULTILINE)
        for length in range(3, _LONGEST_FENCE + 1)
    },
    "comment": re.compile(r"-->"),
    "code": re.compile(r"\{code\}", re.IGNORECASE),
    "noformat": re.compile(r"\{noformat\}", re.IGNORECASE),
    "pre": re.compile(r"</pre\s{0,20}>", re.IGNORECASE),
}
_NEXT_LINE = re.compile(r"\n([^\n]*)")
_LANGUAGE = re.compile(r"[ \t]*[\w+#.-]{0,20}[ \t]*")


def mask_regions(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with comments gone, code shielded and the rest without tags, and the code spans.

    A block that is never closed ends before the next blank line or label of a part of the report.
    Linear: once a closer is known not to follow, it is not looked for again.
    """
    pieces: list[str] = []
    visible: list[int] = []
    code: list[tuple[int, int]] = []
    unclosed: set[str] = set()
    position = 0
    while opener := _OPENER.search(text, position):
        visible.append(len(pieces))
        pieces.append(decode_entities(text[position : opener.start()]))
        kind, content = _kind_and_content(opener)
        closer = None if kind in unclosed else _CLOSERS[kind].search(text, content)
        if closer is None:
            unclosed.add(kind)
        if closer is None and kind == "comment":
            pieces.append(opener[0])
            position = opener.end()
            continue
        if closer is None:
            end = resume = _unclosed_end(text, content)
        else:
            end, resume = closer.span()
        body = text[content:end]
        if kind == "comment":
            pieces.append(FILLER * (resume - opener.start()))
        else:
            is_inline = kind in {"code", "noformat"} and "\n" not in body
            pieces.append(FILLER * (content - opener.start()))
            pieces.append(shield(decode_entities(body)))
            pieces.append(blank(text[end:resume]))
            if not (is_inline and _shares_line(text, opener.start(), resume)):
                code.append((content, end))
        position = resume
    visible.append(len(pieces))
    pieces.append(decode_entities(text[position:]))
    # A `<details>` may be closed only behind the code that it hides.
    closed = closed_tags(pieces[number] for number in visible)
    for number in visible:
        pieces[number] = mask_tags(pieces[number], closed)
    return "".join(pieces), code


def _kind_and_content(opener: re.Match[str]) -> tuple[str, int]:
    if opener["fence"]:
        # A fence line may go on with the first line of the code instead of the language.
        is_language = _LANGUAGE.fullmatch(opener["info"])
        kind = opener["fence"][:_LONGEST_FENCE]
        return kind, opener.end() if is_language else opener.start("info")
    if opener["comment"]:
        return "comment", opener.end()
    return (opener["macro"] or opener["pre"]).lower(), opener.end()


def _unclosed_end(text: str, position: int) -> int:
    """The end of the line before the first one, behind this line, that cannot be code."""
    for line in _NEXT_LINE.finditer(text, position):
        content = line[1].strip()
        if not content or _is_labelled(content):
            return line.start()
    return len(text)


def _is_labelled(line: str) -> bool:
    """Whether a label begins the line, under marks or in a capital; `version:` may be a key."""
    bare = line.lstrip("#*_ ")
    label, mark, _ = bare.partition("**")
    is_written = bare[:1].isupper() or bare != line
    return is_written and label_end(f"{label}:" if mark else label) is not None


def _shares_line(text: str, start: int, end: int) -> bool:
    before = text[text.rfind("\n", 0, start) + 1 : start]
    newline = text.find("\n", end)
    after = text[end : newline if newline >= 0 else len(text)]
    return bool(before.strip() or after.strip())


def overlaps(spans: Sequence[tuple[int, int]], lines: Sequence[str]) -> list[bool]:
    """For each line of a text whether it lies in one of the spans, which ascend."""
    found: list[bool] = []
    index = start = 0
    for line in lines:
        end = start + len(line)
        while index < len(spans) and spans[index][1] <= start:
            index += 1
        found.append(index < len(spans) and spans[index][0] < end)
        start = end + 1
    return found
