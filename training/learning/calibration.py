"""Temperatures that make the confidences of an extractive model mean what they say.

For each field the temperature is chosen, on records that the weights were not fitted to, under
which the confidences of the answers tell best which of them are right. That is not the same as
making the right choices likely: where several sentences say the same, a model shares its
probability out among them, and its answer is right more often than each of them is likely.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import torch
from torch import Tensor

from schemas.record import TrainingRecord
from schemas.summary import FieldName
from summarizer.pointing import POINTED_FIELDS, PointingScores, log_probabilities
from training.learning.pointing import PointingTask, pointing_batch
from training.learning.pointing_encoder import NO_CATEGORY

TEMPERATURES = tuple(0.2 * 1.1**step for step in range(32))
"""0.2 to 3.8, in steps of a tenth."""
BATCH_RECORDS = 16
_TINY = 1e-6

Batch = dict[str, Tensor]


def fit_temperatures(
    task: PointingTask, records: Iterable[TrainingRecord]
) -> dict[FieldName, float]:
    """The best temperature of each field; a field that no record labels is left out."""
    losses = torch.zeros(len(TEMPERATURES), len(FieldName))
    counts = torch.zeros(len(FieldName))
    task.model.eval()
    with torch.inference_mode():
        for batch in _batches(task, records):
            scores = task.model(pointing_batch(batch))
            for row, temperature in enumerate(TEMPERATURES):
                confidence, right, labelled = _answers(scores, batch, temperature)
                losses[row] += (_surprise(confidence, right) * labelled).sum(0)
            counts += labelled.sum(0)
    fields = (*POINTED_FIELDS, FieldName.BUG_CATEGORY)
    best = losses.argmin(0)
    return {
        field: TEMPERATURES[int(best[column])]
        for column, field in enumerate(fields)
        if counts[column] > 0
    }


def _batches(task: PointingTask, records: Iterable[TrainingRecord]) -> Iterator[Batch]:
    left = iter(records)
    while encoded := [task.encode(one) for one in islice(left, BATCH_RECORDS)]:
        yield task.collate(encoded)


def _surprise(confidence: Tensor, right: Tensor) -> Tensor:
    """Minus the log of what a confidence gave to what came."""
    given = torch.where(right, confidence, 1 - confidence)
    return -given.clamp(min=_TINY).log()


def _answers(
    scores: PointingScores, batch: Batch, temperature: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The answers under a temperature, as the engine gives them, each (R, 5).

    Their confidences, whether they are right, and 1 where the record says what is right. The
    columns are the pointed fields and the category.
    """
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
    return (
        torch.cat([confidence, category[:, None]], dim=1),
        torch.cat([right, is_right[:, None]], dim=1),
        torch.cat([labelled, known[:, None].float()], dim=1),
    )
