"""Which piece of a report an annotator's text is, or nearly is."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.summary import FieldName
from summarizer.copying import copy_segment
from summarizer.segmentation import Segment
from training.matching import token_f1, words

NEARLY = 0.8
"""Token F1 from which a text counts as the segment that it resembles."""


@dataclass(frozen=True, slots=True)
class Match:
    """A segment by its index, and its token F1 with the text; 1.0 is the same words in order."""

    index: int
    score: float


def best_match(text: str, segments: Sequence[Segment], field: FieldName) -> Match | None:
    """The segment most like a text, the first of equals; None where no word is shared.

    A segment is compared by itself and with what pointing at it brings along.
    """
    wanted = words(text)
    if not wanted:
        return None
    best: Match | None = None
    for index, segment in enumerate(segments):
        copied = copy_segment(segments, index, field).text
        score = max(_likeness(wanted, words(segment.text)), _likeness(wanted, words(copied)))
        if score > (best.score if best else 0.0):
            best = Match(index, score)
    return best


def _likeness(left: Sequence[str], right: Sequence[str]) -> float:
    # The same words in another order are less than the same sentence.
    return 1.0 if left == right else min(token_f1(left, right), 0.999)
