"""Outputs that begin with a heading of the report's template, such as `Expected result:`."""

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
_MARKUP = re.compile(r"[*_`#>+]+|^\s*h[1-6]\.\s")
_NO_WORD = re.compile(r"[\W_]+")


class TemplateHeadings:
    """Warns of fields that begin with a heading that stands in their report."""

    def __init__(self, files: Sequence[str]) -> None:
        self._places = Places(files)

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        by_field = record.output.by_field()
        for field in _FIELDS:
            heading = _heading(by_field[field])
            if heading and _folded(heading) in _folded(record.input.description or ""):
                self._places.add(at, f"output.{field}", heading)

    def findings(self) -> list[Finding]:
        """The warnings."""
        return self._places.finding(
            FindingKind.TEMPLATE_HEADING,
            "The output begins with a heading of the report's template",
            "Remove the heading and leave what stands under it",
        )


def _heading(text: str) -> str:
    """The label that a text begins with, without markup and its colon; empty without one."""
    if text == NOT_STATED:
        return ""
    first_line = _MARKUP.sub("", text[:_LONGEST]).strip().split("\n", 1)[0].strip()
    end = label_end(first_line)
    return first_line[:end].strip(" \t:\uff1a-=>") if end else ""


def _folded(text: str) -> str:
    return f" {_NO_WORD.sub(' ', text).strip().casefold()} "
