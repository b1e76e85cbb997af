"""How many answers are left where only sure ones are used."""

from collections.abc import Sequence

import numpy as np

from training.evaluation.scores import FieldScores

PRECISION = 0.9


def coverage_at(scores: Sequence[FieldScores], precision: float = PRECISION) -> float:
    """The largest share of all answers of which so many are right, the surest taken first.

    Answers that a rule derived have no confidence and are left out; 0 where no share is so good.
    """
    known = [one for one in scores if one.confidence is not None]
    if not known:
        return 0.0
    known.sort(key=lambda one: -(one.confidence or 0.0))
    right = np.cumsum([one.right for one in known]) / np.arange(1, len(known) + 1)
    good = np.flatnonzero(right >= precision)
    return float(good[-1] + 1) / len(known) if len(good) else 0.0
