"""The workers of a run, as one of them sees the others."""

from typing import Any, TypeVar

import torch
import torch.distributed
from accelerate import Accelerator

T = TypeVar("T")


class Workers:
    """This worker's rank, and what all of them do together.

    Whatever is called here has to be called by every worker.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.rank = int(accelerator.process_index)
        self.count = int(accelerator.num_processes)
        self.device: torch.device = accelerator.device

    @property
    def is_first(self) -> bool:
        """Whether this is the worker whose clock and disk count."""
        return self.rank == 0

    def from_first(self, value: T) -> T:
        """The value that the worker of rank 0 has."""
        if self.count == 1:
            return value
        values = [value]
        torch.distributed.broadcast_object_list(values, src=0, device=self.device)
        return values[0]

    def gather(self, value: T) -> list[T]:
        """The values of all workers, by rank."""
        if self.count == 1:
            return [value]
        values: list[Any] = [None] * self.count
        torch.distributed.all_gather_object(values, value)
        return values

    def sums(self, *values: float) -> list[float]:
        """The values added up over all workers."""
        if self.count == 1:
            return list(values)
        # Apple's GPUs have no float64; none of them has several workers.
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(tensor)
        sums: list[float] = tensor.tolist()
        return sums
