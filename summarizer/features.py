"""Surface features of a segment: what the words around it and the layout say of it."""

from collections.abc import Sequence

from summarizer.cues import (
    CUED_CATEGORIES,
    category_cues,
    expected_cue,
    failure_cue,
    platform_cue,
)
from summarizer.segmentation import Segment, SegmentKind

_KINDS = tuple(SegmentKind)
# Features are added at the end only: a model that was trained with fewer of them reads the first.
FEATURE_COUNT = 9 + len(_KINDS) + len(CUED_CATEGORIES)

# Not an exception's line: it is what the reporter complains of.
_MACHINE_KINDS = frozenset({SegmentKind.LOG, SegmentKind.FRAME, SegmentKind.CODE})
_NO_CATEGORY_CUES = (0.0,) * len(CUED_CATEGORIES)
_SHORT_WORDS = 4
_LONG_WORDS = 40


def segment_features(segments: Sequence[Segment]) -> list[list[float]]:
    """One row of `FEATURE_COUNT` numbers between 0 and 1 for each segment of a report.

    The kind as one-hot, the keyword cues of the segment and whether it has the strongest of the
    report, its place in the report, its length, whether it follows a heading or a colon, which
    categories it has words of, and how much it sounds like a platform. Logs, frames and code wish
    for nothing, and what they have words of is seldom what the reporter complains of.
    """
    expected = [
        0.0 if segment.kind in _MACHINE_KINDS else expected_cue(segment.text)
        for segment in segments
    ]
    failure = [failure_cue(segment.text) for segment in segments]
    most_expected = max(expected, default=0.0)
    most_failure = max(failure, default=0.0)
    last = max(1, len(segments) - 1)
    rows = []
    for index, segment in enumerate(segments):
        words = segment.text.count(" ") + 1
        before = segments[index - 1] if index else None
        rows.append(
            [
                expected[index],
                failure[index],
                float(0 < expected[index] == most_expected),
                float(0 < failure[index] == most_failure),
                float(index == 0),
                index / last,
                min(1.0, max(0.0, (words - _SHORT_WORDS) / (_LONG_WORDS - _SHORT_WORDS))),
                float(
                    before is not None
                    and (before.kind is SegmentKind.HEADING or before.text.endswith(":"))
                ),
                *(float(segment.kind is kind) for kind in _KINDS),
                *(
                    _NO_CATEGORY_CUES
                    if segment.kind in _MACHINE_KINDS
                    else category_cues(segment.text)
                ),
                platform_cue(segment.text),
            ]
        )
    return rows
