"""A text without its markup, line by line, and the way back to the raw text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from summarizer.segmentation.lines import (
    Line,
    classify,
    quote_marks_as_spaces,
    without_quote_marks,
)
from summarizer.segmentation.markup import (
    mask_inline,
    normalise,
    shield,
    visible,
    without_filler,
)
from summarizer.segmentation.regions import mask_regions, overlaps
from summarizer.segmentation.segment import SegmentKind
from summarizer.segmentation.traces import read_traces
from summarizer.segmentation.verbatim import fill_gaps, verbatim_kind


@dataclass(frozen=True, slots=True)
class Page:
    """A text without its markup. `origins[i]` is the raw position of its i-th character.

    Special characters of code are still shielded. `priorities` is by the raw position where a
    line of a stack trace begins.
    """

    text: str
    origins: Sequence[int]
    lines: Sequence[Line]
    priorities: Mapping[int, int]


def read_page(text: str, *, is_trace: bool = False) -> Page:
    """Strip the markup of a text and say what each of its lines is.

    With `is_trace` the whole text is one code block without markup.
    """
    masked = normalise(text)
    code = [(0, len(masked))]
    if not is_trace:
        masked, code = mask_regions(masked)
    # Before quote marks, emphasis and the like go, which a trace may need.
    seen, seen_origins = visible(masked)
    traces = read_traces(seen)
    lines = masked.split("\n")
    in_code = overlaps(code, lines)
    kinds = _kinds(seen.split("\n"), in_code, traces.kinds)
    for number, line in enumerate(lines):
        if kinds[number] is not None:
            lines[number] = shield(line if in_code[number] else without_quote_marks(line))
    clean, origins = without_filler(mask_inline("\n".join(lines)))
    return Page(
        quote_marks_as_spaces(clean),
        origins,
        classify(clean.split("\n"), kinds),
        {seen_origins[begin]: priority for begin, priority in traces.priorities.items()},
    )


def _kinds(
    lines: Sequence[str], in_code: Sequence[bool], traced: Mapping[int, SegmentKind]
) -> list[SegmentKind | None]:
    """What is known of lines before their markup is read; None for those written as text."""
    kinds = [
        traced.get(number) or verbatim_kind(line, is_code=in_code[number])
        for number, line in enumerate(lines)
    ]
    fill_gaps(lines, kinds)
    return kinds
