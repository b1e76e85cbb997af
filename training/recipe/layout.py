"""A report's parts put together again, with or without their headings."""

import re
from dataclasses import dataclass

from training.recipe.outline import Part, PartKind, first_paragraph
from training.recipe.surroundings import is_environment_part, without_environment_lines
from training.recipe.words import share

_ATTACHMENT = re.compile(r"\A(?:created attachment \d+\n[^\n]*\n+)+", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"^\s*(?:unknown|n/?a|none|tbd)?[\s.]*$", re.IGNORECASE)
_LISTED = re.compile(r"^\s*(?:[*#+-]|\d{1,2}[.)])\s|^\s*\||\{|```|^\s{4}", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class Layout:
    """What to leave out of a report and how to order the rest."""

    headings: bool
    expected: bool
    environment: bool
    title: str = ""
    extra: str = ""


def render(key: str, parts: list[Part], layout: Layout) -> str:
    """The description of a record.

    Without headings the labels of the actual and expected behaviour are all gone; how the rest is
    ordered and which other headings stay depends on the key.
    """
    kept = [part for part in parts if _is_kept(part, layout)]
    if not layout.headings:
        kept = _reordered(key, kept, layout.expected)
    blocks = [_block(key, part, layout) for part in kept]
    text = "\n\n".join(block for block in blocks if block.strip())
    text = _ATTACHMENT.sub("", text)
    if layout.extra:
        first = share("environment first", key) < 0.4
        text = f"{layout.extra}\n\n{text}" if first else f"{text}\n\n{layout.extra}"
    if layout.title:
        text = f"{layout.title}\n\n{text}"
    return _BLANK_LINES.sub("\n\n", text).strip()


def _is_kept(part: Part, layout: Layout) -> bool:
    if is_environment_part(part):
        return layout.environment
    if part.kind is PartKind.SOLUTION:
        return not _PLACEHOLDER.match(part.body)
    return bool(part.body.strip())


def _block(key: str, part: Part, layout: Layout) -> str:
    body = part.body
    if part.kind is PartKind.EXPECTED and not layout.expected:
        return first_paragraph(body)[1]
    if not layout.environment and part.kind in (PartKind.PROSE, PartKind.OTHER):
        body = without_environment_lines(body)
    if not part.heading or not _keeps_heading(key, part, layout):
        return body
    return f"{part.heading} {body}" if part.inline else f"{part.heading}\n{body}"


def _keeps_heading(key: str, part: Part, layout: Layout) -> bool:
    if layout.headings:
        return True
    if part.kind in (PartKind.ACTUAL, PartKind.PROBLEM, PartKind.EXPECTED, PartKind.PROSE):
        return False
    if part.inline:
        return True
    return share("heading", part.kind.value, key) < 0.5


def _reordered(key: str, parts: list[Part], with_expected: bool) -> list[Part]:
    draw = share("order", key)
    if draw < 0.5:
        return parts
    actual = next((part for part in parts if part.kind is PartKind.ACTUAL), None)
    if actual is None:
        return parts
    rest = [part for part in parts if part is not actual]
    if draw < 0.7 or not with_expected:
        return [actual, *rest]
    expected = next((part for part in parts if part.kind is PartKind.EXPECTED), None)
    if expected is None:
        return [actual, *rest]
    return _merged(parts, actual, expected)


def _merged(parts: list[Part], actual: Part, expected: Part) -> list[Part]:
    """Both outcomes in one paragraph, where the first of them stands, if both are plain text."""
    (told, more), (wanted, further) = first_paragraph(actual.body), first_paragraph(expected.body)
    if _LISTED.search(f"{told}\n{wanted}"):
        return parts
    paragraph = f"{_ended(told)} {wanted}"
    body = "\n\n".join(piece for piece in (paragraph, more, further) if piece.strip())
    outcomes = (actual, expected)
    first = min(parts.index(actual), parts.index(expected))
    before = [part for part in parts[:first] if part not in outcomes]
    after = [part for part in parts[first:] if part not in outcomes]
    return [*before, Part(PartKind.PROSE, "", body), *after]


def _ended(text: str) -> str:
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", ":", ";")) else f"{text}."
