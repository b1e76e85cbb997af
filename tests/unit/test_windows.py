"""Windows over a source that is longer than an encoder's positions."""

from hypothesis import given
from hypothesis import strategies as st

from summarizer.segmentation import Segment, SegmentKind
from summarizer.source import Source
from summarizer.windows import make_windows

FIRST, SEPARATOR = 101, 102


def source_of(lengths: list[int], context: int = 0) -> Source:
    segments = tuple(
        Segment("description", 10 * at, 10 * at + 9, f"segment {at}", SegmentKind.PROSE)
        for at in range(len(lengths))
    )
    ids = tuple(tuple([1000 + at] * length) for at, length in enumerate(lengths))
    return Source(segments, ids, (7,) * context)


def test_a_short_source_is_one_window_in_reading_order() -> None:
    (window,) = make_windows(source_of([2, 1], context=1), 64, FIRST, SEPARATOR)
    assert window.input_ids == (101, 7, 102, 1000, 1000, 102, 1001, 102)
    assert window.segment_of_token == (-1, -1, -1, 0, 0, -1, 1, -1)


def test_a_source_without_segments_is_one_window() -> None:
    (window,) = make_windows(source_of([]), 64, FIRST, SEPARATOR)
    assert window.input_ids == (101, 102)


def test_a_segment_in_two_windows_belongs_to_the_one_where_it_has_more_context() -> None:
    windows = make_windows(source_of([3] * 12), 34, FIRST, SEPARATOR)
    assert len(windows) == 2
    first, second = (set(window.segment_of_token) - {-1} for window in windows)
    shared = set(windows[0].input_ids) & set(windows[1].input_ids) - {FIRST, SEPARATOR}
    assert len(shared) == 2
    assert first | second == set(range(12))
    assert not first & second
    assert min(shared) - 1000 in first
    assert max(shared) - 1000 in second


@given(
    lengths=st.lists(st.integers(1, 40), max_size=60),
    context=st.integers(0, 10),
    max_positions=st.integers(24, 128),
)
def test_every_segment_belongs_to_exactly_one_window_that_fits(
    lengths: list[int], context: int, max_positions: int
) -> None:
    windows = make_windows(source_of(lengths, context), max_positions, FIRST, SEPARATOR)
    owners: dict[int, int] = {}
    for number, window in enumerate(windows):
        assert len(window.input_ids) == len(window.segment_of_token) <= max_positions
        for segment in set(window.segment_of_token) - {-1}:
            assert owners.setdefault(segment, number) == number
            assert 1000 + segment in window.input_ids
    assert set(owners) == set(range(len(lengths)))
