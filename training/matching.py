"""Which segments of a report an annotation stands for."""

import re
from collections import Counter
from collections.abc import Sequence

from summarizer.segmentation import Segment, SegmentKind

SAME = 0.8
"""Token F1 from which a segment says what the annotation says."""
LIKE = 0.3
"""Token F1 below which not even the best segment stands for the annotation."""

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The lower-case words of a text."""
    return _WORD.findall(text.lower())


def token_f1(left: Sequence[str], right: Sequence[str]) -> float:
    """The harmonic mean of the shares of words that two texts have in common."""
    common = sum((Counter(left) & Counter(right)).values())
    return 2 * common / (len(left) + len(right)) if common else 0.0


def matching_segments(annotation: str, segments: Sequence[Segment]) -> list[int]:
    """The indices of the segments that say what an annotation says, in reading order.

    Those are the segments that the annotation contains or nearly equals; where there are none,
    the one that is most like it. Empty where no segment is like it. Headings never match.
    """
    wanted = words(annotation)
    wanted_text = f" {' '.join(wanted)} "
    same: list[int] = []
    best, best_f1 = -1, 0.0
    for index, segment in enumerate(segments):
        found = words(segment.text)
        if segment.kind is SegmentKind.HEADING or not found:
            continue
        f1 = token_f1(found, wanted)
        contained = len(found) > 1 and f" {' '.join(found)} " in wanted_text
        if contained or f1 >= SAME:
            same.append(index)
        if f1 > best_f1:
            best, best_f1 = index, f1
    if same:
        return same
    return [best] if best_f1 >= LIKE else []
