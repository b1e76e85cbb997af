"""Temperatures that make the confidences of an extractive model mean what they say.

For each field the temperature is chosen, on records that the weights were not fitted to, under
which the right choices are likeliest.
"""

from collections.abc import Iterable
from itertools import islice

import torch
from torch import Tensor

from schemas.record import TrainingRecord
from schemas.summary import FieldName
from summarizer.pointing import POINTED_FIELDS, PointingScores, log_probabilities
from training.learning.pointing import PointingTask, pointing_batch, right_mass
from training.learning.pointing_encoder import NO_CATEGORY

TEMPERATURES = tuple(0.5 * 1.1**step for step in range(22))
"""0.5 to 3.7, in steps of a tenth."""
BATCH_RECORDS = 16


def fit_temperatures(
    task: PointingTask, records: Iterable[TrainingRecord]
) -> dict[FieldName, float]:
    """The best temperature of each field; a field that no record labels is left out."""
    losses = torch.zeros(len(TEMPERATURES), len(FieldName))
    counts = torch.zeros(len(FieldName))
    task.model.eval()
    with torch.inference_mode():
        left = iter(records)
        while encoded := [task.encode(one) for one in islice(left, BATCH_RECORDS)]:
            batch = task.collate(encoded)
            scores = task.model(pointing_batch(batch))
            for row, temperature in enumerate(TEMPERATURES):
                found, labelled = _losses(scores, batch, temperature)
                losses[row] += found
            counts += labelled
    fields = (*POINTED_FIELDS, FieldName.BUG_CATEGORY)
    best = losses.argmin(0)
    return {
        field: TEMPERATURES[int(best[column])]
        for column, field in enumerate(fields)
        if counts[column] > 0
    }


def _losses(
    scores: PointingScores, batch: dict[str, Tensor], temperature: float
) -> tuple[Tensor, Tensor]:
    """Summed losses under a temperature and numbers of labels: the pointed fields, the category."""
    scaled = PointingScores(
        scores.segments / temperature,
        scores.not_stated / temperature,
        scores.categories / temperature,
    )
    inputs = pointing_batch(batch)
    mass, labelled = right_mass(*log_probabilities(scaled, inputs), inputs, batch)
    known = batch["category"] != NO_CATEGORY
    category = torch.nn.functional.cross_entropy(
        scaled.categories[known], batch["category"][known], reduction="sum"
    )
    pointed = -(mass.log() * labelled).sum(0)
    counts = torch.cat([labelled.sum(0), known.sum().float()[None]])
    return torch.cat([pointed, category[None]]), counts
