"""Outputs that copy a heading of the report's template, such as `Expected result:`."""

import re
from collections.abc import Sequence

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from summarizer.segmentation.labels import label_end
from training.data.checks.finding import At, Finding, FindingKind, Places

_FIELDS = (
    FieldName.ACTUAL_BEHAVIOR,
    FieldName.EXPECTED_BEHAVIOR,
    FieldName.SUGGESTED_SOLUTION,
)
_LONGEST = 120
_MARKUP = re.compile(r"[*_`#>+]+|^\s*h[1-6]\.\s|</?[a-z][a-z0-9]{0,9}>", re.IGNORECASE)
_TITLE = re.compile(r"^[ \t]*(?:#{1,6}[ \t]|h[1-6]\.[ \t]|\*\*|__)[^\n]+$", re.MULTILINE)
"""A line that is a heading by its markup, in any language."""
_NO_WORD = re.compile(r"[\W_]+")


class TemplateHeadings:
    """Warns of fields in which a line is, or begins with, a heading that stands in their report."""

    def __init__(self, files: Sequence[str]) -> None:
        self._places = Places(files)

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        by_field = record.output.by_field()
        for field in _FIELDS:
            heading = _copied_heading(by_field[field], record.input.description or "")
            if heading:
                self._places.add(at, f"output.{field}", heading)

    def findings(self) -> list[Finding]:
        """The warnings."""
        return self._places.finding(
            FindingKind.TEMPLATE_HEADING,
            "The output copies a heading of the report's template",
            "Remove the heading and leave what stands under it",
        )


def _copied_heading(text: str, description: str) -> str:
    """The first heading in a text that stands in the description as well; empty without one."""
    if text == NOT_STATED:
        return ""
    lines = [line for line in text.split("\n") if line.strip()]
    for line in lines:
        heading = _label(line)
        if heading and _folded(heading) in _folded(description):
            return heading
    if len(lines) == 1:
        # A title alone may well be what the report has to say.
        return ""
    titles = {_folded(_plain(title)) for title in _TITLE.findall(description)}
    return next((_plain(line) for line in lines if _folded(_plain(line)) in titles), "")


def _label(line: str) -> str:
    """The label that a line begins with, without its colon; empty without one."""
    plain = _plain(line)
    end = label_end(plain)
    return plain[:end].strip(" \t:\uff1a-=>") if end else ""


def _plain(line: str) -> str:
    """The beginning of a line without markup."""
    return _MARKUP.sub("", line[:_LONGEST]).strip()


def _folded(text: str) -> str:
    return f" {_NO_WORD.sub(' ', text).strip().casefold()} "
