"""Threads that compute side by side, in place of those that torch has for its own operations.

Those would wait for each other after every operation; these do so once their parts have ended.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import torch

T = TypeVar("T")


class Workers:
    """So many threads, the caller's among them, that compute the parts of something side by side.

    They pay where the parts do without Python's interpreter (`summarizer.compiled`).
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._others = ThreadPoolExecutor(max(1, count - 1), "worker", torch.set_num_threads, (1,))

    def run(self, parts: Sequence[Callable[[], T]]) -> list[T]:
        """What the parts return, begun in their order; all have ended then.

        Where one raises, that is raised, and not before all have ended: none of them writes
        anywhere any more.
        """
        returned: dict[int, T] = {}
        left = enumerate(parts)

        def work() -> None:
            # Threads may share an enumeration: the interpreter's lock makes each step one.
            for number, part in left:
                returned[number] = part()

        working = [
            self._others.submit(torch.inference_mode()(work))
            for _ in range(min(self.count, len(parts)) - 1)
        ]
        try:
            work()
        finally:
            wait(working)
        for each in working:
            each.result()
        return [returned[number] for number in range(len(parts))]
