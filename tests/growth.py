"""Checks how a function's time grows, on any machine: two sizes are compared with each other."""

import time
from collections.abc import Callable

SHARE = 4
# Linear work takes 4 times as long on 4 times the text, quadratic work 16 times.
LIMIT = 9.0
TRIES = 4


def assert_linear(work: Callable[[str], object], unit: str, chars: int) -> None:
    """Asserts that ``work`` takes linear time on ``unit`` repeated to ``chars`` characters.

    Each size counts with the shortest of its times, as other programs only ever add to one.
    """
    whole = (unit * (chars // len(unit) + 1))[:chars]
    part = whole[: chars // SHARE]
    part_s = whole_s = float("inf")
    for _ in range(TRIES):
        part_s = min(part_s, _cpu_seconds(work, part))
        whole_s = min(whole_s, _cpu_seconds(work, whole))
        if whole_s < LIMIT * part_s:
            return
    raise AssertionError(f"{whole_s / part_s:.1f} times as long on {SHARE} times the text")


def _cpu_seconds(work: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    work(text)
    return time.process_time() - started
