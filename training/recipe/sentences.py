"""The sentences of a report, as the model reads them."""

import re
from collections.abc import Sequence

from summarizer.cues import expected_cue, failure_cue
from summarizer.segmentation import Segment, SegmentKind, split
from training.recipe.outline import Part, PartKind, first_paragraph
from training.recipe.words import content_words, coverage, token_f1, words

MAX_ANSWER_CHARS = 320
EXPECTATION = 0.7
"""Expectation cue from which a sentence counts as stating what should happen."""

_TOLD = (SegmentKind.PROSE, SegmentKind.ITEM)
_EMPTY_ANSWER = re.compile(
    r"^(?:(?:please )?(?:see|refer to|check)\b.{0,60}(?:above|below|attach\w*|screenshots?|video"
    r"|title"
    r"|description|logs?)|n/?a|none|unknown|-+|same as above|as above|as (?:described|stated)"
    r"(?: above)?|tbd|yes|no|nothing|attached|\?+|like below|works(?: fine)?|not stated)[\s.:!]*$",
    re.IGNORECASE,
)
_PROPOSAL = re.compile(
    r"\b(?:we|you|i|one|someone|they)\s+(?:should|could|can|need to|must)\b(?! (?:be able|have"
    r"|see|expect))"
    r"|\bpatch\b|\bshould (?:also )?(?:use|call|check|implement|extend|override|return from|change"
    r"|rename|refactor|add|remove|move|fix|replace|delegate)\b|\b(?:fix|solution|code|method|class"
    r"|test)s? should\b|\bshould be (?:fixed|changed|renamed|refactored|moved|replaced|added"
    r"|removed|rewritten"
    r"|reviewed|backported|merged|investigated|ported|updated|upgraded|implemented|deprecated"
    r"|easy|trivial|noted)\b"
    r"|\bshould (?:i|we)\b|\bif (?:\w+ ){1,3}should\b|\bshould (?:probably|reproduce|fix|help"
    r"|suffice)\b"
    r"|\bTODO\b|\?\s*$|\bexpect:|\bexpected\w*(?:Type|Param|Error|Exception)|^to see\b"
    r"|\bshould (?:these|this|the|that|any|you|a|it) |\b(?:not|n't) (?:\w+ing |\w+ )?(?:the "
    r"|an? )?expected\b"
    r"|\bit should be noted\b|\bas (?:one|you|i|we) (?:would )?expect(?:ed)?\b.{0,40}\bbut\b"
    r"|\bdelegat\w+ should\b",
    re.IGNORECASE,
)
_LOCATION = re.compile(r"\S:\d+(?::\d+)?\.?$|^\s*at [\w.$]+\(")
_WISH = re.compile(
    r"\b(?:would|will) (?:\w+ )?be (?:\w+ )?(?:nice|great|good|useful|helpful|awesome|better"
    r"|handy)\b"
    r"|\bi(?:'d| would) like\b|\bfeature request\b|\bplease (?:add|implement|support|fix|help)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"[{};]\s*$|\b(?:private|public|protected) (?:static|final|class|void)\b|=>|\bvar \w+ ="
)
_ASIDE = re.compile(
    r"^(?:hi|hello|hey|thanks|thank you|please|see|note|steps?|regards|attached|created attachment"
    r"|follow ?up|fup|clone of|this (?:bug|issue|ticket) (?:was|is|has been)|regression|build"
    r"|version"
    r"|user ?agent|https?:|bug \d+|i(?:'m| am) (?:using|running)|tested (?:on|with|in)|\[\w+\]$)\b",
    re.IGNORECASE,
)


def told(text: str) -> list[Segment]:
    """The sentences and list items of a text, without headings, code, logs and traces."""
    return [segment for segment in split(text, "description") if segment.kind in _TOLD]


def answer(text: str) -> str:
    """The sentences of a section's first paragraph as one answer; empty where it says nothing."""
    chosen: list[str] = []
    for segment in split(text, "description"):
        if segment.kind not in _TOLD:
            if chosen:
                break
            continue
        piece = segment.text
        if _EMPTY_ANSWER.match(piece):
            continue
        if _LOCATION.search(piece):
            break
        if chosen and sum(map(len, chosen)) + len(piece) > MAX_ANSWER_CHARS:
            break
        chosen.append(piece)
    joined = " ".join(_ended(piece) for piece in chosen[:-1]) + " " if len(chosen) > 1 else ""
    result = joined + chosen[-1] if chosen else ""
    return result if len(result) <= MAX_ANSWER_CHARS * 1.5 and len(words(result)) >= 2 else ""


def headed(parts: Sequence[Part], *kinds: PartKind) -> tuple[Part, str] | None:
    """The first part of the first of these kinds that says something, and its answer."""
    for kind in kinds:
        for part in parts:
            if part.kind is kind:
                text = answer(first_paragraph(part.body)[0])
                if text:
                    return part, text
    return None


def _ended(piece: str) -> str:
    return piece if piece[-1] in ".!?:;,…)\"'" else f"{piece}."


def states_expectation(text: str) -> bool:
    """Whether a sentence says what should have happened, and is no proposal for the code."""
    return expected_cue(text) >= EXPECTATION and not _PROPOSAL.search(text)


def expectation(sentences: list[Segment], other_than: str = "") -> str:
    """The sentence that states the expectation most strongly, the first of equals; or nothing."""
    best, best_cue = "", 0.0
    for sentence in sentences:
        text = sentence.text
        if (
            not _is_sentence(text)
            or not states_expectation(text)
            or token_f1(text, other_than) > 0.8
            or text in other_than
        ):
            continue
        cue = expected_cue(text)
        if cue > best_cue:
            best, best_cue = text, cue
    return best


def failure(sentences: list[Segment], title: str) -> tuple[str, float]:
    """The sentence that says what went wrong, and how sure that is (0 to 1); or nothing.

    It is the one nearest to the title, which is a person's own summary of the failure, and else
    the first with a strong failure cue.
    """
    usable = [
        sentence.text
        for sentence in sentences
        if _is_sentence(sentence.text)
        and _tells(sentence.text)
        and not states_expectation(sentence.text)
    ]
    best, best_score = "", 0.0
    for place, text in enumerate(usable):
        score = _nearness(title, text) - 0.01 * min(place, 12)
        if score > best_score:
            best, best_score = text, score
    if best_score >= NEAR_TITLE:
        return best, min(1.0, best_score)
    for text in usable:
        if failure_cue(text) >= 0.8:
            return text, 0.5 * failure_cue(text)
    return "", 0.0


NEAR_TITLE = 0.62


def _nearness(title: str, text: str) -> float:
    """How much of the title a sentence tells, 0 to about 1.2; long sentences and steps lose."""
    if not title:
        return 0.0
    own = len(content_words(text)) or 1
    compact = min(1.0, 2.5 * len(content_words(title)) / own)
    return coverage(title, text) * (0.6 + 0.4 * compact) + 0.25 * failure_cue(text)


def _tells(text: str) -> bool:
    """Whether a text is a whole statement: no greeting, question, fragment or code."""
    if _ASIDE.match(text) or text.endswith("?") or _CODE.search(text) or _WISH.search(text):
        return False
    return not text[0].islower() or text == text.lower()


def _is_sentence(text: str) -> bool:
    return 12 <= len(text) <= MAX_ANSWER_CHARS and len(words(text)) >= 4
