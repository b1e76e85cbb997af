"""The text and the spans of an answer that points at a segment of the report."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.summary import FieldName, Span
from summarizer.cues import failure_cue
from summarizer.segmentation import Segment, SegmentKind

_FAILURE_FOR_EXCEPTION = 0.7
"""Failure cue from which a sentence speaks of the failure that an exception line explains."""
_LABEL_GAP = 6
"""Characters of space and markup that may stand between a label and what it labels."""
_TRACE_AND_CODE = frozenset({SegmentKind.EXCEPTION, SegmentKind.FRAME, SegmentKind.CODE})


@dataclass(frozen=True, slots=True)
class Copied:
    """Copied text, and where its pieces stand in the request, in the order of the text."""

    text: str
    spans: tuple[Span, ...]


def copy_segment(segments: Sequence[Segment], index: int, field: FieldName) -> Copied:
    """What pointing at `segments[index]` answers for a field.

    A sentence that ends in a colon brings the line after it, or of a stack trace the exception. An
    environment brings the label that it stands behind (`OS:`). An actual behaviour that tells of a
    failure brings the report's first exception line.
    """
    chosen = segments[index]
    pieces = [chosen]
    if field is FieldName.ENVIRONMENT and index > 0 and _labels(segments[index - 1], chosen):
        pieces.insert(0, segments[index - 1])
    if _ends_open(chosen) and index + 1 < len(segments):
        after = _announced(segments, index + 1)
        if after.part == chosen.part and after.kind is not SegmentKind.HEADING:
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


def _labels(heading: Segment, segment: Segment) -> bool:
    """Whether a heading stands directly before a segment, on its line."""
    return (
        heading.kind is SegmentKind.HEADING
        and heading.part == segment.part
        and 0 <= segment.start - heading.end <= _LABEL_GAP
    )


def _ends_open(segment: Segment) -> bool:
    return segment.text.rstrip("*_").endswith((":", "\N{FULLWIDTH COLON}"))


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
