"""When an answer is right: the one definition that every figure, test and plot goes by."""

import re
from collections import Counter

from schemas.summary import NOT_STATED, FieldName
from training.words import words

PART_OF = 0.8
_LABEL_WORD = (
    r"(?:os|operating|systems?|browsers?|versions?|numbers?|builds?|ids?|identifiers?|user|agents?"
    r"|devices?|platforms?|environments?|affected|or|and)"
)
_LABEL = re.compile(rf"(?:(?<=, )|^)(?:{_LABEL_WORD}[ /()]{{0,3}}){{1,5}}: (?=\S)", re.IGNORECASE)
"""What a form writes before a value: `OS: `, `Browser / Version: `."""


def is_right(field: FieldName, predicted: str, annotated: str) -> bool:
    """Whether an answer is right.

    Where the annotation does not state the field, `Not stated` is right and nothing else is. A
    category is right where it is the same, any other text where it `belongs`; the labels that an
    environment's lines bring along say nothing.
    """
    if not is_stated(annotated):
        return not is_stated(predicted)
    if field is FieldName.BUG_CATEGORY:
        return normalised(predicted) == normalised(annotated)
    if field is FieldName.ENVIRONMENT:
        return belongs(_LABEL.sub("", predicted), annotated)
    return belongs(predicted, annotated)


def belongs(predicted: str, annotated: str) -> bool:
    """Whether an answer is (a part of) what the annotation says.

    So it is where at least `PART_OF` of the words of its first line are words of the annotation;
    the lines after it are evidence that was added, such as an exception line.
    """
    if not is_stated(predicted):
        return False
    said = Counter(words(predicted.split("\n", maxsplit=1)[0]))
    found = said & Counter(words(annotated))
    return found.total() >= PART_OF * said.total() > 0


def normalised(text: str) -> str:
    """The text without case, and with single spaces."""
    return " ".join(text.casefold().split())


def is_stated(text: str) -> bool:
    """Whether a field's text says anything."""
    return normalised(text) != NOT_STATED.casefold()
