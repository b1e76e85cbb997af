"""Steps gathered into updates: as many as planned, and each with the mean gradient of its steps."""

from functools import partial

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from training.updates import Updater, update_groups, updates_per_epoch


class Counting(torch.optim.SGD):
    """Counts its updates."""

    updates = 0

    def step(self, closure: object = None) -> None:  # type: ignore[override]
        """Change the weights."""
        assert closure is None
        self.updates += 1
        super().step()


class Schedule:
    def __init__(self) -> None:
        self.steps = 0

    def step(self) -> None:
        self.steps += 1


def squared_error(model: nn.Module, inputs: Tensor) -> Tensor:
    outputs: Tensor = model(inputs)
    return (outputs - 1).square().mean()


def learn(batches: list[Tensor], accumulation_steps: int, epochs: int) -> tuple[Tensor, int, int]:
    """The weights after the epochs, and how often they and the learning rate changed."""
    model = nn.Linear(3, 1, bias=False)
    nn.init.constant_(model.weight, 0.5)
    optimizer, schedule = Counting(model.parameters(), lr=0.1), Schedule()
    updater = Updater(Accelerator(cpu=True), model, optimizer, schedule)
    for _ in range(epochs):
        groups = update_groups(len(batches), accumulation_steps)
        for batch, (size, is_last) in zip(batches, groups, strict=True):
            updater.step(partial(squared_error, model, batch), size, is_last=is_last)
    return model.weight.detach(), optimizer.updates, schedule.steps


@pytest.mark.parametrize(
    ("steps", "accumulation_steps", "epochs"),
    [(3, 4, 1), (5, 4, 3), (9, 8, 10), (8, 4, 2), (3, 1, 2)],
)
def test_as_many_updates_are_made_as_the_learning_rate_is_planned_for(
    steps: int, accumulation_steps: int, epochs: int
) -> None:
    batches = list(torch.rand(steps, 2, 3, generator=torch.Generator().manual_seed(1)))
    _, updates, schedule_steps = learn(batches, accumulation_steps, epochs)
    planned = updates_per_epoch(steps, accumulation_steps) * epochs
    assert updates == schedule_steps == planned


def test_steps_that_share_an_update_are_one_large_batch() -> None:
    batches = list(torch.rand(3, 2, 3, generator=torch.Generator().manual_seed(1)))
    together, _, _ = learn([torch.cat(batches)], 1, epochs=2)
    gathered, _, _ = learn(batches, 4, epochs=2)
    torch.testing.assert_close(gathered, together)
    apart, _, _ = learn(batches, 1, epochs=2)
    assert not torch.allclose(apart, together)
