"""Comparing pieces of text by their words."""

import hashlib
import re
from collections import Counter

WORD = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")

FUNCTION_WORDS = frozenset(
    WORD.findall(
        "a an and are as at be been but by can do does for from had has have i if in into is it its"
        " my not of on or our so that the their them then there these they this to was we were when"
        " where which while will with you your"
    )
)


def words(text: str) -> list[str]:
    """The lower-case words and numbers of a text."""
    return WORD.findall(text.lower())


def content_words(text: str) -> set[str]:
    """The words that carry meaning, plural and verb endings cut off roughly."""
    return {_stem(word) for word in words(text) if word not in FUNCTION_WORDS}


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def token_f1(left: str, right: str) -> float:
    """The harmonic mean of the shares of words that two texts have in common, 0 to 1."""
    ours, theirs = Counter(words(left)), Counter(words(right))
    common = sum((ours & theirs).values())
    if not common:
        return 0.0
    return 2 * common / (ours.total() + theirs.total())


def coverage(part: str, whole: str) -> float:
    """The share of the content words of `part` that `whole` also has, 0 to 1."""
    wanted = content_words(part)
    return len(wanted & content_words(whole)) / len(wanted) if wanted else 0.0


def fingerprint(text: str) -> str:
    """The same for texts that differ only in case, white space and punctuation."""
    return hashlib.sha256(" ".join(words(text)).encode()).hexdigest()


def share(*key: str) -> float:
    """A number in [0, 1) that depends on nothing but the key.

    It stands in for a random draw, so that adding a report changes no other record.
    """
    digest = hashlib.sha256("\x1f".join(key).encode()).digest()
    return float(int.from_bytes(digest[:6], "big")) / float(1 << 48)
