"""Updates: the mean gradient of their examples, in as many pieces as the memory allows."""

import math
from collections.abc import Callable

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from training.learning.batches import Batch
from training.learning.gradients import FIGURES, GradientVector
from training.learning.updates import UpdateFigures, Updater
from training.learning.workers import Workers

EXAMPLES = torch.rand(12, 3, generator=torch.Generator().manual_seed(1))


class Learning:
    """A linear model that learns to answer 1, with an updater of its own."""

    def __init__(self, max_norm: float = math.inf) -> None:
        self.model = nn.Linear(3, 1)
        nn.init.constant_(self.model.weight, 0.5)
        nn.init.zeros_(self.model.bias)
        weights = list(self.model.parameters())
        optimizer = torch.optim.SGD(weights, lr=0.1)
        accelerator = Accelerator(cpu=True)
        self.updater = Updater(
            accelerator, Workers(accelerator), GradientVector(weights), optimizer, max_norm
        )

    def loss(self, batch: Batch) -> Tensor:
        outputs: Tensor = self.model(EXAMPLES[list(batch)])
        return (outputs - 1).square().mean()

    def update(
        self, batches: list[Batch], loss_of: Callable[[Batch], Tensor] | None = None
    ) -> UpdateFigures:
        return self.updater.update(batches, loss_of or self.loss)

    @property
    def weight(self) -> Tensor:
        return self.model.weight.detach().clone()


def test_batches_that_share_an_update_are_one_large_batch() -> None:
    together, apart = Learning(), Learning()
    whole = together.update([tuple(range(12))])
    pieces = apart.update([(0, 1, 2, 3, 4), (5, 6), (7, 8, 9, 10, 11)])
    torch.testing.assert_close(apart.weight, together.weight)
    assert pieces.loss == pytest.approx(whole.loss)
    assert pieces.gradient_norm == pytest.approx(whole.gradient_norm)
    assert (pieces.examples, pieces.halved, pieces.stops) == (12, 0, 0)


def test_gradients_do_not_pile_up_over_updates() -> None:
    learning = Learning()
    first = learning.update([(0, 1)])
    expected = Learning()
    expected.model.load_state_dict(learning.model.state_dict())
    assert learning.update([(2, 3)]) == expected.update([(2, 3)])
    assert first.loss > 0


def test_a_long_gradient_is_shortened_and_a_short_one_left() -> None:
    free, bound = Learning(), Learning(max_norm=0.01)
    before = free.weight
    norm = free.update([(0, 1)]).gradient_norm
    assert bound.update([(0, 1)]).gradient_norm == pytest.approx(norm)
    moved = torch.cat([(bound.weight - before).flatten(), bound.model.bias.detach()])
    assert float(moved.norm()) == pytest.approx(0.1 * 0.01, rel=1e-4)
    assert norm > 0.01


def out_of_memory_above(
    learning: Learning, most: int, error: Exception
) -> tuple[Callable[[Batch], Tensor], list[int]]:
    """A loss that fails for larger batches, after its gradients are there, and the sizes it saw."""
    sizes: list[int] = []

    def loss_of(batch: Batch) -> Tensor:
        sizes.append(len(batch))
        loss = learning.loss(batch)
        if len(batch) > most:
            loss.backward()  # type: ignore[no-untyped-call]
            raise error
        return loss

    return loss_of, sizes


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(torch.OutOfMemoryError("CUDA out of memory."), id="gpu"),
        pytest.param(
            RuntimeError(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"
            ),
            id="cpu",
        ),
    ],
)
def test_a_batch_that_does_not_fit_is_halved_and_learnt_all_the_same(error: Exception) -> None:
    roomy, tight = Learning(), Learning()
    expected = roomy.update([(0, 1, 2, 3, 4, 5, 6, 7), (8, 9)])
    loss_of, sizes = out_of_memory_above(tight, 3, error)
    found = tight.update([(0, 1, 2, 3, 4, 5, 6, 7), (8, 9)], loss_of)
    assert sizes == [8, 4, 2, 2, 2, 2, 2]
    torch.testing.assert_close(tight.weight, roomy.weight)
    assert found.loss == pytest.approx(expected.loss)
    assert (found.halved, tight.updater.most_examples) == (1, 2)

    sizes.clear()
    assert tight.update([(0, 1, 2, 3)], loss_of).halved == 0
    assert sizes == [2, 2]


def test_a_single_example_that_does_not_fit_stops_the_run_and_leaves_the_weights() -> None:
    learning = Learning()
    before = learning.weight
    loss_of, _ = out_of_memory_above(learning, 0, torch.OutOfMemoryError("CUDA out of memory."))
    figures = learning.update([(0, 1)], loss_of)
    assert figures.stops == 1
    assert learning.updater.problem is not None
    assert "--max-source-tokens" in learning.updater.problem
    assert torch.equal(learning.weight, before)


def test_another_error_is_not_taken_for_a_lack_of_memory() -> None:
    learning = Learning()
    loss_of, _ = out_of_memory_above(learning, 0, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        learning.update([(0, 1)], loss_of)


def test_gradients_that_are_no_numbers_leave_the_weights() -> None:
    learning = Learning()
    before = learning.weight
    figures = learning.update([(0, 1)], lambda batch: learning.loss(batch) * math.nan)
    assert not math.isfinite(figures.gradient_norm)
    assert torch.equal(learning.weight, before)


def test_a_worker_without_a_batch_takes_part() -> None:
    learning = Learning()
    vector = GradientVector(list(learning.model.parameters()))
    assert vector.add_up([0.0, 0.0, 1.0]) == [0.0, 0.0, 1.0]
    with pytest.raises(ValueError, match="room for"):
        vector.add_up([0.0] * (FIGURES + 1))


def test_there_must_be_weights_to_train() -> None:
    with pytest.raises(ValueError, match="no weights"):
        GradientVector([])
