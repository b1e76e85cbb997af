"""Outputs that copy a heading of the report's template, such as `Expected result:`."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from summarizer.segmentation.labels import label_end
from training.data.checks.finding import At, Finding, FindingKind, Places

_LONGEST = 120
_MARKUP = re.compile(r"[*_`#>+]+|^\s*h[1-6]\.\s|</?[a-z][a-z0-9]{0,9}>", re.IGNORECASE)
_TITLE = re.compile(
    r"""
    ^[ \t]*
    (?: (?:\#{1,6}[ \t] | h[1-6]\.[ \t] | \*\* | __)[^\n]+
      | (?:[*_][^*_\n:\uff1a.!]+[:\uff1a]?[*_] | \u3010[^\u3011\n]+\u3011)[ \t]*[:\uff1a]?[ \t]*
      | (?:(?<=\n\n)|\A)[^\n]+(?=\n(?:={3,}|-{3,})[ \t]*$) )
    $
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A line that is a heading by its markup, in any language."""
_SENTENCE_ENDS = (".", "!", "\u3002", "\uff01")
_LABELLED = re.compile(r"[:\uff1a]\s*\S")
"""Something behind a colon, as in `Browser: Firefox` and `TypeError: x is null`."""
_NO_WORD = re.compile(r"[\W_]+")


class TemplateHeadings:
    """Warns of fields in which a line is, or begins with, a heading that stands in their report."""

    def __init__(self, files: Sequence[str]) -> None:
        self._places = Places(files)

    def add(self, record: TrainingRecord, at: At) -> None:
        """Look at one record."""
        report = _Report.of(record.input.description or "")
        for field, text in record.output.by_field().items():
            heading = _copied_heading(field, text, report)
            if heading:
                self._places.add(at, f"output.{field}", heading)

    def findings(self) -> list[Finding]:
        """The warnings."""
        return self._places.finding(
            FindingKind.TEMPLATE_HEADING,
            "The output copies a heading of the report's template",
            "Remove the heading and leave what stands under it",
        )


class _Report(NamedTuple):
    """What is looked for in a description: its words, its first line and its headings, folded."""

    words: str
    first: str
    titles: frozenset[str]

    @classmethod
    def of(cls, description: str) -> Self:
        text = description.replace("\r\n", "\n")
        titles = frozenset(_folded(_plain(title)) for title in _TITLE.findall(text))
        return cls(_folded(text), _folded(_plain(text.strip().partition("\n")[0])), titles)


def _copied_heading(field: FieldName, text: str, report: _Report) -> str:
    """The first heading in a text that stands in the report as well; empty without one."""
    if text == NOT_STATED or field == FieldName.BUG_CATEGORY:
        return ""
    lines = [line for line in map(_plain, text.split("\n")) if _folded(line).strip()]
    titles = _copied_titles(lines, report)
    if field == FieldName.ENVIRONMENT:
        # Labels belong there, and each of several headings may name what stands under it.
        heading = titles[0] if titles and titles == lines[:1] else ""
        return "" if _LABELLED.search(heading) else heading
    labels = (label for label in map(_label, lines) if label)
    copied = (label for label in labels if _folded(label) in report.words)
    return next(copied, "") or next(iter(titles), "")


def _copied_titles(lines: Sequence[str], report: _Report) -> list[str]:
    """The lines that are headings in the report."""
    titles = [line for line in lines if _folded(line) in report.titles]
    return [] if len(lines) == 1 and titles and _may_be_all(lines[0], report) else titles


def _may_be_all(title: str, report: _Report) -> bool:
    """Whether a title may well be what the report has to say: its first line, or a sentence."""
    says_something = title.endswith(_SENTENCE_ENDS) or _LABELLED.search(title) is not None
    return says_something or _folded(title) == report.first


def _label(line: str) -> str:
    """The label that a line without markup begins with, without its colon; empty without one."""
    end = label_end(line)
    return line[:end].strip(" \t:\uff1a-=>") if end else ""


def _plain(line: str) -> str:
    """The beginning of a line without markup."""
    return _MARKUP.sub("", line[:_LONGEST]).strip()


def _folded(text: str) -> str:
    return f" {_NO_WORD.sub(' ', text).strip().casefold()} "
