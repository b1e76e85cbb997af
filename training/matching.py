"""Which segments of a report an annotation stands for."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.copying import copy_segment
from summarizer.segmentation import Segment, SegmentKind, split
from training.words import token_f1, words

SAME = 0.8
"""Token F1 from which a segment says what the annotation says."""
LIKE = 0.3
"""Token F1 below which not even the best segment stands for the annotation."""


def report_segments(report: ReportInput) -> list[Segment]:
    """All segments of a report, whatever a model's budget is: the description's come first."""
    return [
        *split(report.description or "", "description"),
        *split(report.stacktrace_text or "", "stacktrace_text"),
    ]


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
        score = _likeness(wanted, words(segment.text))
        copied = copy_segment(segments, index, field).text
        if copied != segment.text:
            score = max(score, _likeness(wanted, words(copied)))
        if score > (best.score if best else 0.0):
            best = Match(index, score)
    return best


def _likeness(left: Sequence[str], right: Sequence[str]) -> float:
    # The same words in another order are less than the same sentence.
    return 1.0 if left == right else min(token_f1(left, right), 0.999)
