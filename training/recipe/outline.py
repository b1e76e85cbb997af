"""A report's headings: which lines are headings, and what stands under each."""

import re
from dataclasses import dataclass
from enum import StrEnum


class PartKind(StrEnum):
    """What a part of a report tells, by its heading."""

    PROSE = "prose"
    ACTUAL = "actual"
    PROBLEM = "problem"
    EXPECTED = "expected"
    STEPS = "steps"
    ENVIRONMENT = "environment"
    SOLUTION = "solution"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the text under it. `heading` is empty for text before the first one.

    `inline` says that text and heading shared a line, as in `Actual: it crashes`.
    """

    kind: PartKind
    heading: str
    body: str
    inline: bool = False


_OUTCOME = r"(?:\s+(?:results?|behaviou?rs?|outcomes?|outputs?))?"
_NAMES: dict[PartKind, str] = {
    PartKind.ACTUAL: rf"actual{_OUTCOME}|(?:observed|current){_OUTCOME.removesuffix('?')}"
    r"|what (?:actually )?(?:happens|happened)(?: instead)?|what went wrong|results?|observed",
    PartKind.PROBLEM: r"(?:problem|issue|bug) description|(?:the )?(?:problem|issue)",
    PartKind.EXPECTED: rf"expected{_OUTCOME}|expectations?|desired (?:behaviou?r|results?)"
    r"|expected|what (?:do|did) (?:you|i) expect(?: to happen)?|what should(?: have)? happen(?:ed)?"
    r"|what (?:was|is|i) expected",
    PartKind.STEPS: r"(?:(?:reproducible|repro|reproduction|test) )?(?:steps?|str)"
    r"(?: (?:to|for) (?:reproduce|replicate|recreate|repro|reproducing|test)"
    r"(?: (?:the )?(?:issue|behaviou?r|problem|bug))?)?|(?:to|how to) reproduce|action performed"
    r"|repro(?:duce|duction)?(?: sequence| steps)?|repo steps",
    PartKind.ENVIRONMENT: r"(?:test(?:ing|ed)? )?environments?(?: details?| info(?:rmation)?)?"
    r"|device(?: info(?:rmation)?)?|versions?(?: number)?|user ?agent|build (?:id|identifier)"
    r"|operating system|os|browser(?: ?/ ?version)?|firefox version|tested (?:on|with)"
    r"|(?:affected )?(?:versions|platforms)|tested platforms|found in|platforms?"
    r"|system info(?:rmation)?|sdk versions?|configuration",
    PartKind.SOLUTION: r"work-?\s?arounds?|solution|(?:suggested|possible|proposed) (?:fix"
    r"|solution)"
    r"|fix",
    PartKind.OTHER: r"(?:additional |extra )(?:notes?|info(?:rmation)?|comments?|details?)"
    r"|notes?|details?"
    r"|any additional information\??|pre-?(?:conditions?|requisites?)|regression(?: range)?"
    r"|(?:first bad|last good) revision|pushlog|logs?|(?:console |error )?output|screenshots?"
    r"|attachments?|(?:sample|test)(?: |-)?(?:code|case)s?|code to reproduce|code|severity"
    r"|associated helpdesk ticket|discussions?|reproducible|responsible|unaffected platforms"
    r"|stack ?trace|error log|impact|cause|suggested severity|url|component|priority"
    r"|business impact|frequency|reproducibility|references?|links?|see also|from github"
    r"|recommendations?|reproduction rate|regression source|occurrence|upstream",
}
_PROSE_NAMES = r"description|summary|overview|bug|bug report|detailed description"
_NAME = re.compile(
    "|".join(rf"(?P<{kind.value}>{names})" for kind, names in _NAMES.items())
    + rf"|(?P<prose>{_PROSE_NAMES})",
    re.IGNORECASE,
)
_DECORATION = r"[\s>*_#\[(+~-]"
_LEAD = re.compile(rf"^\s*(?:h[1-6]\.\s*|\d{{1,2}}[.)]\s+)?{_DECORATION}*", re.IGNORECASE)
_TAIL = re.compile(
    r"^\??[\s*_\]})~]*(?:\s*(?P<mark>::?|[-\u2013\u2014](?=\s|$)|\.)?[\s*_\]})~]*)", re.IGNORECASE
)
_ANY_HEADING = re.compile(r"^\s*(?:h[1-6]\.\s*\S|#{1,6}\s+\S|\*\*[^*]{2,40}\*\*:?\s*$)")
_MAX_HEADING_CHARS = 70
_FENCE = re.compile(r"^\s*(?:```|~~~)|\{(?:code|noformat)(?::[^}]*)?\}")


def outline(text: str) -> list[Part]:
    """Split a report at its headings. Code blocks are never split."""
    parts: list[Part] = []
    kind, heading, inline = PartKind.PROSE, "", False
    body: list[str] = []
    fenced = False
    for line in text.split("\n"):
        found = None if fenced else _heading(line)
        if len(_FENCE.findall(line)) % 2:
            fenced = not fenced
        if found is None:
            body.append(line)
            continue
        if heading or any(piece.strip() for piece in body):
            parts.append(Part(kind, heading, "\n".join(body).strip("\n"), inline))
        kind, heading, rest = found
        inline = bool(rest)
        body = [rest] if rest else []
    parts.append(Part(kind, heading, "\n".join(body).strip("\n"), inline))
    return parts


def _heading(line: str) -> tuple[PartKind, str, str] | None:
    """The kind, the heading as written and the text after it, where a line is a heading."""
    lead = _LEAD.match(line)
    start = lead.end() if lead else 0
    named = _NAME.match(line, start)
    if named is not None:
        tail = _TAIL.match(line[named.end() :])
        end = named.end() + (tail.end() if tail else 0)
        rest = line[end:].strip()
        mark = tail["mark"] if tail else None
        if not rest or (mark and mark != "." and _may_be_inline(named, mark)):
            return PartKind(named.lastgroup or "other"), line[:end].strip(), rest
    if _ANY_HEADING.match(line) and len(line) <= _MAX_HEADING_CHARS:
        return PartKind.OTHER, line.strip(), ""
    return None


def _may_be_inline(named: re.Match[str], mark: str) -> bool:
    """`Actual: it crashes` is a heading with its text; `Issue - it crashes` may be a sentence."""
    return ":" in mark or named.lastgroup in (PartKind.ACTUAL, PartKind.EXPECTED)


def first_paragraph(body: str) -> tuple[str, str]:
    """The text up to the first blank line, and the rest."""
    head, _, rest = body.strip("\n").partition("\n\n")
    if not head.strip():
        return "", body
    return head, rest.strip("\n")
