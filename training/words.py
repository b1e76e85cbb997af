"""The words of a text, for everything that asks whether two texts say the same.

ROUGE has its own, which are those of its reference package.
"""

import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of a text, case folded; an identifier with underscores is one word."""
    return _WORD.findall(text.casefold())


def token_f1(left: Sequence[str], right: Sequence[str]) -> float:
    """The harmonic mean of the shares of words that two texts have in common."""
    common = (Counter(left) & Counter(right)).total()
    return 2 * common / (len(left) + len(right)) if common else 0.0
