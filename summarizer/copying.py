"""The text and the spans of an answer that points at a segment of the report."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.summary import FieldName, Span
from summarizer.cues import expected_cue, failure_cue
from summarizer.segmentation import Segment, SegmentKind

_FAILURE_FOR_EXCEPTION = 0.7
"""Failure cue from which a sentence speaks of the failure that an exception line explains."""
_EXPECTATION = 0.6
"""Expected cue from which a sentence says what should have happened."""
_LABEL_GAP = 6
"""Characters of space and markup that may stand between a label and what it labels."""
_LISTED_SHARE = 0.02
"""A neighbour in the same list is copied too where it is this likely, next to the likeliest."""
_ALONE_SHARE = 0.5
"""The same for a segment anywhere else."""
_TRACE_AND_CODE = frozenset({SegmentKind.EXCEPTION, SegmentKind.FRAME, SegmentKind.CODE})
_SHOWN = _TRACE_AND_CODE | {SegmentKind.LOG}
_BREAKS_OFF = re.compile(
    r"\b(?:gets?|got|getting|sees?|saw|says?|shows?|prints?|returns?|reads?|throws?|receives?|with"
    r"|is|was|the following)$",
    re.IGNORECASE,
)
"""How a sentence ends that what is shown below goes on with."""
_PLACEHOLDER = re.compile(
    r"\W*(?:none|n\W?a|nil|unknown|not applicable|tbd|todo|as above|see above)?\W*", re.IGNORECASE
)
"""What people put into the fields of a form that they leave empty."""


def is_placeholder(text: str) -> bool:
    """Whether a segment stands for an empty field of a form, and says nothing."""
    return _PLACEHOLDER.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Copied:
    """Copied text, and where its pieces stand in the request, in the order of `text`."""

    text: str
    spans: tuple[Span, ...]


def copy_segment(segments: Sequence[Segment], index: int, field: FieldName) -> Copied:
    """What pointing at `segments[index]` answers for a field.

    A sentence that ends in a colon brings the line after it, or of a stack trace the exception; so
    does one that breaks off before a log, an error or code (`the user will get`). A failure brings
    no sentence that says what should have happened. An environment brings the label that it stands
    behind (`OS:`). An actual behaviour that tells of a failure brings the report's first exception
    line.
    """
    chosen = segments[index]
    pieces = [chosen]
    if field is FieldName.ENVIRONMENT and index > 0 and _labels(segments[index - 1], chosen):
        pieces.insert(0, segments[index - 1])
    if index + 1 < len(segments) and _announces(chosen, segments[index + 1]):
        after = _announced(segments, index + 1)
        if after.part == chosen.part and _may_follow(after, field):
            pieces.append(after)
    text = " ".join(piece.text for piece in pieces)
    if field is FieldName.ACTUAL_BEHAVIOR and failure_cue(text) >= _FAILURE_FOR_EXCEPTION:
        exception = next(
            (segment for segment in segments if segment.kind is SegmentKind.EXCEPTION), None
        )
        if exception is not None and exception.text not in text:
            pieces.append(exception)
            text = f"{text}\n{exception.text}"
    return Copied(text, tuple(_span(piece) for piece in pieces))


def copy_list(segments: Sequence[Segment], indices: Sequence[int], field: FieldName) -> Copied:
    """What pointing at several segments answers: their answers, separated by commas."""
    if len(indices) == 1:
        return copy_segment(segments, indices[0], field)
    answers = [copy_segment(segments, index, field) for index in indices]
    spans = dict.fromkeys(span for answer in answers for span in answer.spans)
    texts = dict.fromkeys(answer.text.rstrip(" .,;") for answer in answers)
    return Copied(", ".join(texts), tuple(spans))


def environment_lines(segments: Sequence[Segment], probabilities: Sequence[float]) -> list[int]:
    """Which segments make up an environment that is stated: the likeliest one and its like.

    A model shares its probability out among the lines of a list (`OS: …`, `Browser: …`), so a line
    of the list that the likeliest segment stands in needs little of it. The indices ascend.
    """
    best = max(range(len(segments)), key=lambda index: probabilities[index])
    lines = {best} | {
        index
        for index, probability in enumerate(probabilities)
        if probability >= _ALONE_SHARE * probabilities[best]
        and segments[index].kind is not SegmentKind.HEADING
    }
    if _is_listed(segments, best):
        for direction in (range(best + 1, len(segments)), range(best - 1, -1, -1)):
            for index in direction:
                if segments[index].kind is SegmentKind.HEADING:
                    continue
                likely = probabilities[index] >= _LISTED_SHARE * probabilities[best]
                if not likely or not _is_listed(segments, index):
                    break
                lines.add(index)
    return sorted(lines)


def _is_listed(segments: Sequence[Segment], index: int) -> bool:
    """Whether a segment is an item or stands behind a label of its own."""
    segment = segments[index]
    if segment.kind is SegmentKind.ITEM:
        return True
    return index > 0 and _labels(segments[index - 1], segment)


def _labels(heading: Segment, segment: Segment) -> bool:
    """Whether a heading stands directly before a segment, on its line."""
    return (
        heading.kind is SegmentKind.HEADING
        and heading.part == segment.part
        and 0 <= segment.start - heading.end <= _LABEL_GAP
    )


def _may_follow(segment: Segment, field: FieldName) -> bool:
    """Whether a segment can be what the answer of a field announced."""
    if segment.kind is SegmentKind.HEADING:
        return False
    is_wish = segment.kind is SegmentKind.PROSE and expected_cue(segment.text) >= _EXPECTATION
    return not (field is FieldName.ACTUAL_BEHAVIOR and is_wish)


def _announces(segment: Segment, following: Segment) -> bool:
    text = segment.text.rstrip("*_")
    if text.endswith((":", "\N{FULLWIDTH COLON}")):
        return True
    return following.kind in _SHOWN and _BREAKS_OFF.search(text) is not None


def _announced(segments: Sequence[Segment], index: int) -> Segment:
    """`segments[index]`, or the exception of the stack trace that begins there with its frames."""
    if segments[index].kind is SegmentKind.FRAME:
        for segment in segments[index:]:
            if segment.part != segments[index].part or segment.kind not in _TRACE_AND_CODE:
                break
            if segment.kind is SegmentKind.EXCEPTION:
                return segment
    return segments[index]


def _span(segment: Segment) -> Span:
    return Span(part=segment.part, start=segment.start, end=segment.end)
