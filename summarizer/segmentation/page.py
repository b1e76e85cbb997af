"""A text without its markup, line by line, and the way back to the raw text."""

from collections.abc import Sequence
from dataclasses import dataclass

from summarizer.segmentation.lines import (
    Line,
    classify,
    quote_marks_as_spaces,
    without_quote_marks,
)
from summarizer.segmentation.markup import FILLER, mask_inline, normalise, shield, unshield
from summarizer.segmentation.regions import mask_regions, overlaps
from summarizer.segmentation.verbatim import fill_gaps, verbatim_kind


@dataclass(frozen=True, slots=True)
class Page:
    """A text without its markup. `origins[i]` is the raw position of its i-th character.

    Special characters of code are still shielded.
    """

    text: str
    origins: Sequence[int]
    lines: Sequence[Line]


def read_page(text: str, *, is_trace: bool = False) -> Page:
    """Strip the markup of a text and say what each of its lines is.

    With `is_trace` the whole text is one code block without markup.
    """
    masked = normalise(text)
    code = [(0, len(masked))]
    if not is_trace:
        masked, code = mask_regions(masked)
    lines = masked.split("\n")
    regions = overlaps(code, lines)
    kinds = [
        verbatim_kind(unshield(line), is_code=region is not None)
        for line, region in zip(lines, regions, strict=True)
    ]
    fill_gaps(lines, kinds)
    for number, (line, region) in enumerate(zip(lines, regions, strict=True)):
        if kinds[number] is not None:
            lines[number] = shield(line if region is not None else without_quote_marks(line))
    masked = mask_inline("\n".join(lines))
    clean = masked.replace(FILLER, "")
    origins = [index for index, character in enumerate(masked) if character != FILLER]
    page_lines = classify(clean.split("\n"), kinds, regions)
    return Page(quote_marks_as_spaces(clean), origins, page_lines)
