"""Surface features of segments."""

from summarizer.cues import CUED_CATEGORIES
from summarizer.features import FEATURE_COUNT, segment_features
from summarizer.segmentation import SegmentKind, split


def test_a_log_wishes_for_nothing_and_tells_no_category() -> None:
    line = "permission denied, user should log in: security hole"
    logged = f"2023-04-01 08:00:00,001 ERROR [main-1] {line}"
    text = f"The {line}.\n\n{logged}"
    segments = split(text, "description")
    assert [segment.kind for segment in segments] == [SegmentKind.PROSE, SegmentKind.LOG]
    prose, log = segment_features(segments)
    categories = slice(9 + len(SegmentKind) - 1, FEATURE_COUNT - 1)
    assert len(prose[categories]) == len(CUED_CATEGORIES)
    assert any(prose[categories])
    assert not any(log[categories])
    assert prose[0] > 0
    assert log[0] == log[2] == 0
