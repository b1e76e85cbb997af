"""Workarounds and fixes, as far as a report or its fixing commit states one."""

import re

from summarizer.segmentation import Segment
from training.recipe.outline import Part, PartKind
from training.recipe.sentences import answer
from training.recipe.words import content_words, coverage, token_f1, words

_WORKAROUND = re.compile(
    r"\bwork-?\s?around(?:s)?\b(?! (?:unknown|for \w+ bug))"
    r"|\b(?:reverting|changing|adding|removing|setting|using|disabling|enabling|downgrading"
    r"|upgrading"
    r"|switching|replacing|commenting out|restarting|deleting|clearing|moving|renaming|calling"
    r"|wrapping)\b"
    r".{3,120}\b(?:fix(?:es|ed)?|works?|solve[sd]?|resolve[sd]?|helps?|makes? it work|eliminates"
    r"|avoids?|gets? rid)\b(?! (?:on|in|with|if) )"
    r"|\b(?:the|a|one|possible|proposed|simple|easy|quick) (?:possible )?(?:fix|solution) (?:is"
    r"|would be|could be)"
    r"|\bcan be (?:fixed|solved|resolved|avoided|worked around|circumvented) (?:by|with|if)\b"
    r"|\bto (?:fix|solve|work around|avoid|resolve) (?:this|the|it)\b.{3,}",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:no|not|without|any|isn'?t|unknown|didn'?t|doesn'?t|don'?t|cannot|can'?t|nothing|tried"
    r"|fails?|still|but"
    r"|broken|stopped|worked|crash\w*|never|is there|how|please|should we|i think|if someone"
    r"|causes?|attached"
    r"|confirm|marked|fixes done)\b|\?",
    re.IGNORECASE,
)
_NO_WAY = re.compile(
    r"\?|\b(?:cannot|can't|no|not found any|don'?t know)\b.{0,30}\bwork-?around|\bconfirm",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"^\W*(?:unknown|n/?a|none|no|tbd|not (?:known|found|available))\b", re.IGNORECASE
)

_TICKET = re.compile(
    r"^\s*(?:(?:\[[\w .,-]{1,30}\]|[A-Z][A-Z0-9]+-\d+|#\d+|(?:partly |partial |apply |applied )?"
    r"(?:fix(?:e[sd]|ing)?|close[sd]?|resolve[sd]?|issue|bug|patch|commit|merge[sd]?|ticket)\b"
    r"(?=[^\w]*(?:for\b|#|[A-Z]+-\d|issue|bug|\d)))(?: for| in| of)?[\s:;,.#-]*\d*[\s:;,.-]*)+",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"[\s(,;.-]*\b(?:thanks to|patch (?:from|by|provided|submitted|applied)|applied patch"
    r"|provided by"
    r"|contributed by|submitted by|reported by|via|credits?|reviewed by|signed-off-by|author:|thx"
    r"|git-svn-id|change-id|pr:|this closes|merge pull request)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_VERB = re.compile(
    r"\b(?:add|adde?d|adding|ensur\w*|make|makes|made|use|uses|using|avoid\w*|check\w*|handl\w*"
    r"|return\w*"
    r"|remov\w*|replac\w*|set|sets|setting|skip\w*|ignor\w*|call\w*|chang\w*|correct\w*|allow\w*"
    r"|don'?t|do not"
    r"|prevent\w*|fix\w*|reset\w*|always|throw\w*|clos\w*|creat\w*|convert\w*|escap\w*"
    r"|initiali\w*|introduc\w*"
    r"|mov\w*|improv\w*|support\w*|should|need\w*|copy|copie[sd]|synchroni\w*|reintroduc\w*"
    r"|revert\w*|only"
    r"|now|wait\w*|updat\w*|propagat\w*|validat\w*|catch\w*|stop\w*|delet\w*|register\w*|pass\w*"
    r"|includ\w*)\b",
    re.IGNORECASE,
)


def stated_solution(parts: list[Part], sentences: list[Segment]) -> str:
    """The workaround or fix that the report itself states, or nothing."""
    for part in parts:
        if part.kind is PartKind.SOLUTION and not _EMPTY.match(part.body):
            found = answer(part.body.split("\n\n")[0])
            if len(words(found)) >= 4 and not _NO_WAY.search(found):
                return found
    for sentence in sentences:
        text = sentence.text
        if 20 <= len(text) <= 400 and _WORKAROUND.search(text) and not _NONE.search(text):
            return text
    return ""


def fix_from_commit(message: str, title: str) -> str:
    """What a commit message says was done, without ticket numbers and credits, or nothing.

    A message that only repeats the report's title says nothing of the fix.
    """
    text = re.sub(r"\s+", " ", message).strip()
    text = _CREDIT.sub("", _TICKET.sub("", text)).strip(" .,;:-")
    own = content_words(text)
    if len(words(text)) < 5 or len(text) > 500 or not _VERB.search(text):
        return ""
    if token_f1(text, title) >= 0.5 or coverage(text, title) >= 0.6 or len(own) < 4:
        return ""
    return f"{text[0].upper()}{text[1:]}."
