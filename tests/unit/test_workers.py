"""Workers: parts side by side, of which none goes on when the whole has ended."""

import threading
import time
from functools import partial

import pytest
import torch

from summarizer.workers import Workers


def test_what_the_parts_return_comes_in_their_order() -> None:
    def slow(number: int) -> int:
        time.sleep(0.02 * (3 - number))
        return number

    workers = Workers(2)
    assert workers.run([partial(slow, number) for number in range(4)]) == [0, 1, 2, 3]


def test_as_many_parts_as_workers_run_at_once() -> None:
    together = threading.Barrier(3, timeout=10)
    assert sorted(Workers(3).run([together.wait] * 3)) == [0, 1, 2]


@pytest.mark.parametrize("failing", [0, 1])
def test_none_goes_on_when_one_has_failed(failing: int) -> None:
    """It could write into what the next computation has been given already."""
    ended: list[int] = []

    def part(number: int) -> None:
        together.wait()
        if number == failing:
            raise MemoryError
        time.sleep(0.2)
        ended.append(number)

    together = threading.Barrier(2, timeout=10)
    workers = Workers(2)
    with pytest.raises(MemoryError):
        workers.run([partial(part, number) for number in range(2)])
    assert ended == [1 - failing]
    assert workers.run([lambda: 1, lambda: 2]) == [1, 2]


def test_the_caller_is_one_of_them() -> None:
    together = threading.Barrier(2, timeout=10)

    def name() -> int:
        together.wait()
        return threading.get_ident()

    threads = Workers(2).run([name] * 2)
    assert threading.get_ident() in threads
    assert len(set(threads)) == 2
    assert Workers(1).run([threading.get_ident] * 2) == [threading.get_ident()] * 2


def test_the_others_have_one_thread_of_torch_and_no_gradients() -> None:
    together = threading.Barrier(2, timeout=10)

    def state() -> tuple[bool, int, bool]:
        together.wait()
        is_caller = threading.get_ident() == caller
        return is_caller, torch.get_num_threads(), torch.is_inference_mode_enabled()

    caller = threading.get_ident()
    (other,) = (state for state in Workers(2).run([state] * 2) if not state[0])
    assert other == (False, 1, True)
