"""How good a model is on the validation examples, of which each worker takes its share."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch

from schemas.summary import FieldName
from training.learning.batches import Batch, share
from training.learning.events import RightCount
from training.learning.task import Task
from training.learning.workers import Workers


def validate(
    task: Task,
    batches: Sequence[Batch],
    collated: Callable[[Batch], Mapping[str, torch.Tensor]],
    workers: Workers,
) -> tuple[float, dict[FieldName, RightCount]]:
    """The mean loss over the examples of all batches, and how many are right by field.

    To be called by every worker. `collated` makes the tensors of a batch.
    """
    task.model.eval()
    mine = share(batches, workers.rank, workers.count)
    # Where the model is sharded, all workers compute a batch at the same time, or none does.
    idle = len(share(batches, 0, workers.count)) - len(mine)
    with torch.no_grad():
        judged = [task.judge(collated(batch)) for batch in mine]
        for _ in range(idle):
            task.judge(collated(batches[0]))
    losses = [float(one.loss) * len(batch) for one, batch in zip(judged, mine, strict=True)]
    total, examples, *sums = workers.sums(
        math.fsum(losses),
        sum(map(len, mine)),
        *_added(one.right for one in judged),
        *_added(one.labelled for one in judged),
    )
    fields = list(FieldName)
    pairs = zip(fields, sums[: len(fields)], sums[len(fields) :], strict=True)
    return total / examples, {
        field: RightCount(right=round(right), of=round(of)) for field, right, of in pairs if of
    }


def _added(counts: Iterable[torch.Tensor]) -> list[int]:
    """Counts by field, (5,), added up."""
    none = torch.zeros(len(FieldName), dtype=torch.long)
    return [int(count) for count in sum((one.cpu() for one in counts), none)]
