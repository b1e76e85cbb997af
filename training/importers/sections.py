"""The parts of a tracker's issue, by the headings that issue templates give them."""

import re
from dataclasses import replace

from training.recipe.outline import Part, PartKind, outline

_NO_ANSWER = re.compile(
    r"^[ \t>*_-]*+(?:_?No response_?[ \t]*|A clear and concise description of [^\n]*"
    r"|(?:please )?(?:describe|explain|tell us|provide|outline) (?:what|how|the|your|about|any|a)\b"
    r"[^\n]*|if applicable, add [^\n]*|add any other context [^\n]*"
    r"|steps to reproduce the behaviou?r:?[ \t*_]*|[^\n\[]{0,80}\[e\.g\.[^\]\n]{0,200}\][ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""What a form fills in for nothing, and what a template asks where nobody answered."""

_MARKS = re.compile(r"^[\s#>*_\[(]+|[\s#*_:?.\])]+$")
_TEMPLATES: dict[PartKind, re.Pattern[str]] = {
    kind: re.compile(names, re.IGNORECASE)
    for kind, names in {
        PartKind.ACTUAL: r"(?:what is the )?(?:current|actual|observed)(?: bug)? behaviou?r"
        r"|what(?: is|'s) (?:happening|going wrong|wrong|broken)(?: now| instead)?"
        r"|what (?:do|did) you see(?: instead)?|what (?:actually )?happen(?:s|ed)(?: instead)?",
        PartKind.PROBLEM: r"(?:please )?describe (?:the|your) (?:bug|issue|problem)"
        r"(?: (?:report|clearly|in detail))?|(?:what(?: is|'s) the )(?:bug|issue|problem)"
        r"|(?:bug|issue|problem) (?:details|summary)|tell us about the bug",
        PartKind.EXPECTED: r"(?:what is the )?expected(?: correct)? behaviou?r"
        r"|what (?:do|did|would) you (?:expect|want)(?: to (?:happen|see))?(?: instead)?"
        r"|what should(?: have)? happen(?:ed)?(?: instead)?|describe what you expected",
        PartKind.SOLUTION: r"(?:possible|suggested|proposed|potential|known) "
        r"(?:solutions?|fix(?:es)?|work-?\s?arounds?)"
        r"|work-?\s?arounds?(?: \(if any\))?",
        PartKind.ENVIRONMENT: r"(?:your |system |environment |build )"
        r"(?:environment|info(?:rmation)?|setup|details)"
        r"|(?:os|browser|node|python|java|app|package|library) version",
    }.items()
}


def sections(text: str) -> list[Part]:
    """The parts of a text, without what stands in them for no answer."""
    return [_answered(_known(part)) for part in outline(text)]


def _answered(part: Part) -> Part:
    return replace(part, body=_NO_ANSWER.sub("", part.body).strip("\n"))


def _known(part: Part) -> Part:
    if part.kind is not PartKind.OTHER:
        return part
    name = _MARKS.sub("", part.heading)
    kinds = (kind for kind, pattern in _TEMPLATES.items() if pattern.fullmatch(name))
    return replace(part, kind=next(kinds, part.kind))
