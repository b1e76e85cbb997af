"""Sentences as published work speaks of them: observed behaviour, expected behaviour, steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.base import Schema
from summarizer.segmentation import Segment, SegmentKind, split
from training.recipe.readings import Reading
from training.words import words

LABELS = ("actual", "expected", "steps")
_SHORT = 12
"""Characters below which a piece is too short to be known for a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A segment of a report that was read, and the labels that the reader gave it."""

    report: str
    index: int
    segment: Segment
    labels: frozenset[str]

    def is_(self, label: str) -> bool:
        """Whether it has a label."""
        return label in self.labels


def labelled(readings: Sequence[Reading]) -> list[Labelled]:
    """All segments of some reports but for their headings."""
    found = []
    for reading in readings:
        texts = {name: [_flat(text) for text in getattr(reading, name)] for name in LABELS}
        for index, segment in enumerate(split(reading.description, "description")):
            if segment.kind is SegmentKind.HEADING:
                continue
            said = _flat(segment.text)
            labels = frozenset(
                name for name in LABELS if any(_same(said, text) for text in texts[name])
            )
            found.append(Labelled(reading.id, index, segment, labels))
    return found


def _flat(text: str) -> str:
    return f" {' '.join(words(text))} "


def _same(one: str, other: str) -> bool:
    """Whether two pieces are the same, or of one sentence that was cut differently."""
    return one == other or (min(len(one), len(other)) > _SHORT and (one in other or other in one))


class Agreement(Schema):
    """Precision, recall and their harmonic mean, each 0 to 1."""

    precision: float
    recall: float
    f1: float


def agreement(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> Agreement:
    """How well a label was given; zeros where it was never given rightly."""
    hits = float((said & true).sum())
    precision = hits / said.sum() if said.any() else 0.0
    recall = hits / true.sum() if true.any() else 0.0
    f1 = 2 * hits / (said.sum() + true.sum()) if hits else 0.0
    return Agreement(precision=float(precision), recall=float(recall), f1=float(f1))


def best_threshold(scores: NDArray[np.float64], true: Sequence[bool]) -> float:
    """The score from which a label is given, for the best F1."""
    order = np.argsort(-scores)
    hits = np.cumsum(np.asarray(true, dtype=np.float64)[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + max(1.0, float(np.sum(true))))
    return float(scores[order][int(f1.argmax())])
