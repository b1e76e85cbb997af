"""A report's text as segments, each with the raw characters that it was read from."""

from summarizer.segmentation.segment import Part, Segment, SegmentKind
from summarizer.segmentation.split import split

__all__ = ["Part", "Segment", "SegmentKind", "split"]
