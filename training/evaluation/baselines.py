"""What can be answered without a model: the two that a trained model has to beat.

Both are given what a model's answer is given as well: the formatted environment, the solution
derived from the stack trace, and what `copy_segment` adds to a chosen sentence. So the figures
differ by the choice alone.
"""

from collections.abc import Sequence

from schemas.report import ReportInput
from schemas.summary import NOT_STATED, FieldName, Summary
from summarizer.copying import copy_segment
from summarizer.cues import category_cue, expected_cue, failure_cue
from summarizer.environment import format_environment
from summarizer.segmentation import Segment, SegmentKind
from summarizer.solution import suggest_solution
from training.matching import report_segments

EXPECTED_FROM = 0.6
"""The cue from which a sentence counts as the expected behaviour.

With weaker cues ("instead of", "has to be") more reports without an expectation are answered
wrongly than reports with one are answered rightly.
"""

_SENTENCES = frozenset({SegmentKind.PROSE, SegmentKind.ITEM})


def first_sentence(
    report: ReportInput, category: str, segments: Sequence[Segment] | None = None
) -> Summary:
    """The first sentence as the actual behaviour, nothing expected, always the same category.

    `segments` are those of `report_segments`, for callers that have them.
    """
    if segments is None:
        segments = report_segments(report)
    return _summary(report, segments, actual=_first(segments), expected=None, category=category)


def keyword_rules(report: ReportInput, segments: Sequence[Segment] | None = None) -> Summary:
    """The sentences with the strongest cues, the first of equals, and a category by its words.

    `segments` are those of `report_segments`, for callers that have them.
    """
    if segments is None:
        segments = report_segments(report)
    expectations = [expected_cue(segment.text) for segment in segments]
    actual = _strongest(segments, [failure_cue(segment.text) for segment in segments])
    expected = _strongest(segments, expectations)
    if expected is not None and expectations[expected] < EXPECTED_FROM:
        expected = None
    if actual is None:
        actual = _first(segments)
    text = report.description or report.stacktrace_text or ""
    return _summary(report, segments, actual=actual, expected=expected, category=category_cue(text))


def _first(segments: Sequence[Segment]) -> int | None:
    """The first sentence, or the first line of a report that has none."""
    written = (at for at, segment in enumerate(segments) if segment.kind in _SENTENCES)
    return next(written, 0 if segments else None)


def _strongest(segments: Sequence[Segment], strengths: Sequence[float]) -> int | None:
    written = [at for at, segment in enumerate(segments) if segment.kind in _SENTENCES]
    return max(written, key=lambda at: strengths[at], default=None)


def _summary(
    report: ReportInput,
    segments: Sequence[Segment],
    *,
    actual: int | None,
    expected: int | None,
    category: str,
) -> Summary:
    def text_of(index: int | None, field: FieldName) -> str:
        return NOT_STATED if index is None else copy_segment(segments, index, field).text

    return Summary(
        environment=format_environment(report.env) or NOT_STATED,
        actual_behavior=text_of(actual, FieldName.ACTUAL_BEHAVIOR),
        expected_behavior=text_of(expected, FieldName.EXPECTED_BEHAVIOR),
        bug_category=category,
        suggested_solution=suggest_solution(report) or NOT_STATED,
    )
