"""Which pieces of a report a pointing answer may lead to, and whether it leads to one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.summary import FieldName, Span, Summary
from summarizer.pointing import POINTED_FIELDS
from summarizer.segmentation import Segment, SegmentKind
from training.evaluation.rightness import is_stated
from training.matching import SAME, best_match, matching_segments


@dataclass(frozen=True, slots=True)
class Pointers:
    """Of one record, per field the segments that say (nearly) what the annotation says.

    A field whose annotation is no segment of the report is not in `right`.
    """

    right: Mapping[FieldName, frozenset[Span]]
    headings: frozenset[Span]

    def leads_right(self, field: FieldName, spans: Sequence[Span]) -> bool:
        """Whether the segment that was pointed at is a right one.

        It is the first span that is no label; what stands behind it was brought along. An answer
        without spans points nowhere.
        """
        pointed = next((span for span in spans if span not in self.headings), None)
        return pointed in self.right[field]


def right_pointers(annotation: Summary, segments: Sequence[Segment]) -> Pointers:
    """Search a report's segments for those that its annotation stands for."""
    annotated = annotation.by_field()
    right = {
        field: _right(annotated[field], segments, field)
        for field in POINTED_FIELDS
        if is_stated(annotated[field])
    }
    return Pointers(
        {field: spans for field, spans in right.items() if spans},
        frozenset(_span(one) for one in segments if one.kind is SegmentKind.HEADING),
    )


def _right(annotation: str, segments: Sequence[Segment], field: FieldName) -> frozenset[Span]:
    best = best_match(annotation, segments, field)
    if best is None or best.score < SAME:
        return frozenset()
    same = {best.index, *matching_segments(annotation, segments)}
    return frozenset(_span(segments[index]) for index in same)


def _span(segment: Segment) -> Span:
    return Span(part=segment.part, start=segment.start, end=segment.end)
