"""Keyword rules on single sentences: what failure, expectation and category sound like.

They are the baseline that a model must beat, a source of weak labels, and features of the
extractive model. Each rule gives a strength from 0 (no cue) to 1 (said outright).
"""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[\t\n\r -~]*")


class _Cue:
    """A pattern in lower case that is looked for in any case."""

    __slots__ = ("_any", "_plain")

    def __init__(self, pattern: str) -> None:
        self._any = re.compile(pattern, re.IGNORECASE)
        self._plain = re.compile(pattern, re.ASCII)

    def is_in(self, text: str, lowered: str | None) -> bool:
        """Whether it occurs in a text; `lowered` is what `_lowered` gives for it.

        A pattern that need not think of other cases and scripts is found in a third of the time.
        """
        if lowered is None:
            return self._any.search(text) is not None
        return self._plain.search(lowered) is not None


def _lowered(text: str) -> str | None:
    """A text of plain ASCII, as most are, in lower case; None for any other."""
    return text.lower() if _PLAIN.fullmatch(text) else None


_Rules = Sequence[tuple[float, _Cue]]


def _rules(*rules: tuple[float, str]) -> _Rules:
    return tuple((strength, _Cue(pattern)) for strength, pattern in rules)


_EXPECTED = _rules(
    (1.0, r"\bexpect(?:ed|ing|ation|ations|s)?\b(?!\s+(?:to\s+be\s+)?(?:error|crash|an?\s+error))"),
    (1.0, r"\b(?:is|are|was|were|it'?s|what'?s|not|n't)\s+supposed\s+to\b"),
    (0.9, r"\bshould(?:\s+(?:not|never|always|only|also|be|have|just|still|at\s+least))\b"),
    (0.9, r"\bshould(?:n'?t|nt)\b"),
    (0.8, r"\bshould\b"),
    (0.8, r"\bought\s+to\b"),
    (0.7, r"\b(?:would|'d)\s+(?:have\s+)?(?:expect|like|love|prefer|assume|be\s+(?:nice|great))"),
    (0.6, r"\bmust\s+(?:not\s+)?(?:be|have|return|show|display|work)\b"),
    (0.5, r"\binstead\s+of\b"),
    (0.5, r"\b(?:needs?|has|have)\s+to\s+be\b"),
)
_NOT_EXPECTED = _rules(
    (1.0, r"\bshould\s+(?:i|we)\b"),
    (1.0, r"\b(?:you|i|we|they|one|developers?)\s+should\s+(?:see|get|notice|find|now\s+see)\b"),
    (0.9, r"\b(?:we|you|i|one|someone|somebody)\s+should\b(?!\s+(?:not\s+)?(?:be\s+able|have))"),
    (0.8, r"\bas\s+(?:expected|it\s+should)\b(?!.*\bnot\b)"),
    (0.7, r"\b(?:as|than)\s+expected\b"),
    (0.7, r"\bif\s+(?:it|this|that|they)\s+should\b"),
    (0.7, r"\b(?:unexpected|expected\s+(?:token|identifier|')|expected:\s*<)"),
    (0.6, r"\bthis\s+should\s+(?:fix|help|solve|do)\b"),
)
_FAILURE = _rules(
    (1.0, r"\b(?:crash|freez|hang)(?:es|ed|ing|s|e)?\b|\bfroze\b|\bhung\b|\bsegfault"),
    (0.9, r"\b(?:does|do|did|is|are|was|were|has|have|had|will|would|could|can)(?:n'?t|\s+not)\b"),
    (0.9, r"\b(?:can'?t|cannot|won'?t|unable\s+to|fails?|failed|failing|failure|fails\s+to)\b"),
    (0.8, r"\b(?:exception|error|panic|traceback|stack\s*trace)s?\b"),
    (0.8, r"\b(?:broken|breaks?|wrong(?:ly)?|incorrect(?:ly)?|missing|corrupt(?:ed|s)?|leaks?)\b"),
    (0.7, r"\b(?:never|no\s+longer|nothing\s+happens|stops?|stopped|disappear(?:s|ed)?|lost)\b"),
    (0.6, r"\b(?:instead\s+of|even\s+though|unexpected(?:ly)?|ignored?|blank|empty|slow(?:ly)?)\b"),
    (0.5, r"\b(?:not|no|bug|issue|problem|invalid|null|undefined|nan|overlap(?:s|ped)?)\b"),
    (0.4, r"\b(?:only|still|again|always|sometimes|but|however)\b"),
)

_CATEGORY: Sequence[tuple[str, _Cue]] = tuple(
    (category, _Cue(pattern))
    for category, pattern in (
        (
            "security",
            (
                r"\b(?:security|vulnerab\w+|xss|csrf|injection|exploit|cve-\d+|privilege\s+escalation|"
                r"plain\s*text\s+password|certificate\s+validation|man.in.the.middle)\b"
            ),
        ),
        (
            "crash",
            (
                r"\b(?:crash(?:es|ed|ing)?|segfault|sigsegv|sigabrt|force\s+clos\w+|core\s+dump|"
                r"access\s+violation|abnormal(?:ly)?\s+terminat\w+)\b"
            ),
        ),
        (
            "hang",
            (
                r"\b(?:hangs?|hung|hanging|freez(?:es|e|ing)|froze|frozen|deadlock\w*|unresponsive|"
                r"not\s+respond(?:ing)?|infinite\s+loop|stuck|anr)\b"
            ),
        ),
        (
            "performance",
            (
                r"\b(?:slow(?:er|ly|ness)?|performance|memory\s+leak\w*|leak(?:s|ing)?\s+memory|lag(?:s|gy)?|"
                r"out\s+of\s+memory|outofmemory\w*|high\s+cpu|100%\s*cpu|takes\s+too\s+long|sluggish)\b"
            ),
        ),
        (
            "documentation",
            r"\b(?:documentation|docs|javadoc|readme|typo|api\s+reference|doc\s+page|tutorial)\b",
        ),
        (
            "build",
            (
                r"\b(?:build(?:s|ing)?\s+(?:fail\w*|error\w*)|fail\w*\s+to\s+(?:build|compile)|compil\w+|"
                r"linker|gradle|maven|xcodebuild|install(?:er|ation)?|packag(?:e|ing))\b"
            ),
        ),
        (
            "network",
            (
                r"\b(?:https?\s*client|network|socket|time(?:d)?\s*out|connection|proxy|download\w*|"
                r"upload\w*|dns|ssl|tls|websocket|xhr|ajax|offline)\b"
            ),
        ),
        (
            "data",
            (
                r"\b(?:database|sqlite|sql|data\s+loss|encoding|utf-?8|charset|json|xml|pars(?:e|ing|er)|"
                r"serializ\w+|import(?:ed|ing)?|export(?:ed|ing)?|date\s+format|corrupt\w*)\b"
            ),
        ),
        (
            "ui",
            (
                r"\b(?:button|layout|display\w*|render\w*|screen|window|dialog|menu|scroll\w*|icon|font|"
                r"colou?r|text\s*field|label|view|image|overlap\w*|align\w*|tooltip|keyboard|toolbar|"
                r"rotation|orientation|animation|ui|css|theme|cursor|tab\s*group)\b"
            ),
        ),
    )
)
DEFAULT_CATEGORY = "functional"


_PROGRAMS = (
    r"windows(?: nt| phone)?|mac ?os(?: x)?|os ?x|android|ios|ipados|ubuntu|debian|fedora|centos"
    r"|rhel|suse|linux|firefox|nightly|chrome|chromium|safari|edge|opera|seamonkey|thunderbird"
    r"|internet explorer|ie|eclipse|jdk|jre|java|jvm|node(?:\.js)?|npm|python|tomcat|xcode|sdk|cli"
    r"|studio|alloy|titanium|gradle|maven|docker|mysql|postgres(?:ql)?"
)
_KINDS_OF_RELEASES = "version|mobile|beta|nightly|sdk|ga|rc|linux|release"
_LABELS = (
    r"version|build(?: ?id)?|release|revision|user.?agent|os|platform|browser|device|server"
    r"|environment"
)
_PLATFORM = _rules(
    (1.0, r"\bmozilla/\d\.\d \("),
    (
        1.0,
        rf"\b(?:{_PROGRAMS})(?: (?:{_KINDS_OF_RELEASES}))*[ :/=v-]{{1,3}}\d",
    ),
    (0.8, rf"\b(?:{_LABELS})\s?(?:\(s\)|s|info\w*|number)?\s*[:=]"),
    (0.7, r"\b(?:tested|seen|reproduced|running|using|happens|occurs) (?:on|in|with)\b.*\d"),
    (0.6, r"\b(?:iphone|ipad|ipod|nexus|galaxy|pixel|emulator|simulator)\b"),
    (0.6, r"\bv?\d+\.\d+\.\d+(?:\.\w+)?\b"),
    (0.4, r"\b(?:windows|mac ?os|os ?x|android|ios|linux|firefox|chrome|safari)\b"),
)


def _strength(rules: _Rules, text: str) -> float:
    lowered = _lowered(text)
    return next((strength for strength, cue in rules if cue.is_in(text, lowered)), 0.0)


def expected_cue(text: str) -> float:
    """How strongly a sentence sounds like what should have happened."""
    return max(0.0, _strength(_EXPECTED, text) - _strength(_NOT_EXPECTED, text))


def failure_cue(text: str) -> float:
    """How strongly a sentence sounds like what went wrong."""
    return _strength(_FAILURE, text)


def platform_cue(text: str) -> float:
    """How strongly a line sounds like where something was seen: systems, programs, versions."""
    return _strength(_PLATFORM, text)


CUED_CATEGORIES = tuple(category for category, _ in _CATEGORY)
"""The categories that have words of their own, the most specific first."""


def category_cues(text: str) -> list[float]:
    """For each of `CUED_CATEGORIES` 1 where a word of it occurs in a text, else 0."""
    lowered = _lowered(text)
    return [float(cue.is_in(text, lowered)) for _, cue in _CATEGORY]


def category_cue(text: str) -> str:
    """The first category whose words occur in a text, most specific categories first."""
    lowered = _lowered(text)
    return next(
        (category for category, cue in _CATEGORY if cue.is_in(text, lowered)), DEFAULT_CATEGORY
    )
