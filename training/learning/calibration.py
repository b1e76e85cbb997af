"""What makes the confidences of an extractive model mean what they say.

For each field a temperature is chosen, and an offset to the log-odds of the answers that it gives,
under which the confidences tell best which answers are right, on records that the weights were not
fitted to. That is not the same as making the right choices likely: where several sentences say the
same, a model shares its probability out among them, and its answer is right more often than each of
them is likely. The offset gives that back (J. Platt, Probabilistic outputs for support vector
machines, 1999).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from schemas.record import TrainingRecord
from schemas.summary import FieldName
from summarizer.engines.extractive import LEAST_PROBABILITY
from summarizer.pointing import POINTED_FIELDS, PointingScores, log_probabilities
from training.learning.pointing import PointingTask, pointing_batch
from training.learning.pointing_encoder import NO_CATEGORY

TEMPERATURES = tuple(0.2 * 1.1**step for step in range(32))
"""0.2 to 3.8, in steps of a tenth."""
OFFSETS = tuple(step / 10 for step in range(-20, 21))
"""To the log-odds: -2 to 2."""
OFFSET_PRICE = 1.0
"""How much less surprise, in nats over all records, an offset of one must come with."""
BATCH_RECORDS = 16

Batch = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Confidences:
    """A temperature and an offset for each field, as `ModelManifest` has them."""

    temperatures: dict[FieldName, float]
    offsets: dict[FieldName, float]


def fit_confidences(task: PointingTask, records: Iterable[TrainingRecord]) -> Confidences:
    """The best temperature and offset of each field; a field that no record labels is left out.

    An offset must earn its size: on few records it stays near zero.
    """
    losses = torch.zeros(len(TEMPERATURES), len(OFFSETS), len(FieldName))
    losses += OFFSET_PRICE * torch.tensor(OFFSETS)[None, :, None] ** 2
    counts = torch.zeros(len(FieldName))
    task.model.eval()
    with torch.inference_mode():
        for batch in _batches(task, records):
            scores = task.model(pointing_batch(batch))
            for row, temperature in enumerate(TEMPERATURES):
                given = _answers(scores, batch, temperature)
                for column, offset in enumerate(OFFSETS):
                    surprise = _surprise(given.with_offset(offset), given.right)
                    losses[row, column] += (surprise * given.labelled).sum(0)
            counts += given.labelled.sum(0)
    best = losses.flatten(0, 1).argmin(0).tolist()
    fitted = {
        field: divmod(best[column], len(OFFSETS))
        for column, field in enumerate((*POINTED_FIELDS, FieldName.BUG_CATEGORY))
        if counts[column] > 0
    }
    return Confidences(
        {field: TEMPERATURES[row] for field, (row, _) in fitted.items()},
        {field: OFFSETS[column] for field, (_, column) in fitted.items()},
    )


def _batches(task: PointingTask, records: Iterable[TrainingRecord]) -> Iterator[Batch]:
    left = iter(records)
    while encoded := [task.encode(one) for one in islice(left, BATCH_RECORDS)]:
        yield task.collate(encoded)


def _surprise(confidence: Tensor, right: Tensor) -> Tensor:
    """Minus the log of what a confidence gave to what came."""
    given = torch.where(right, confidence, 1 - confidence)
    return -given.clamp(min=LEAST_PROBABILITY).log()


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers under a temperature, each (R, 5).

    They are the engine's, but that the engine also passes placeholders over.
    Their confidences, whether they are right, whether they are "not stated", and 1 where the record
    says what is right. The columns are the pointed fields and the category.
    """

    confidence: Tensor
    right: Tensor
    missing: Tensor
    labelled: Tensor

    def with_offset(self, offset: float) -> Tensor:
        """The confidences with an offset to the log-odds of what is not "not stated"."""
        moved = torch.sigmoid(torch.logit(self.confidence, LEAST_PROBABILITY) + offset)
        return torch.where(self.missing, self.confidence, moved)


def _answers(scores: PointingScores, batch: Batch, temperature: float) -> _Answers:
    inputs = pointing_batch(batch)
    group = inputs.report_of_segment.unsqueeze(-1).expand_as(scores.segments)
    segments, not_stated = (
        part.exp()
        for part in log_probabilities(
            PointingScores(
                scores.segments / temperature, scores.not_stated / temperature, scores.categories
            ),
            inputs,
        )
    )
    nothing = torch.zeros_like(not_stated)
    likeliest = nothing.scatter_reduce(0, group, segments, "amax")
    right_segments = (segments == likeliest.gather(0, group)) & (batch["right"] > 0)
    hits = nothing.scatter_reduce(0, group, right_segments.float(), "amax") > 0
    says_nothing = (not_stated >= 0.5) | (likeliest == 0)
    confidence = torch.where(says_nothing, not_stated, likeliest)
    right = torch.where(says_nothing, batch["right_not_stated"] > 0, hits)
    labelled = batch["right_not_stated"].scatter_reduce(0, group, batch["right"], "amax")

    known = batch["category"] != NO_CATEGORY
    if scores.categories.shape[1]:
        chosen = (scores.categories / temperature).softmax(-1).max(-1)
        category, is_right = chosen.values, chosen.indices == batch["category"]
    else:
        category, is_right, known = nothing[:, 0], known, torch.zeros_like(known)
    return _Answers(
        confidence=torch.cat([confidence, category[:, None]], dim=1),
        right=torch.cat([right, is_right[:, None]], dim=1),
        missing=torch.cat([says_nothing, torch.zeros_like(known)[:, None]], dim=1),
        labelled=torch.cat([labelled, known[:, None].float()], dim=1),
    )
