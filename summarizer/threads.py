"""Where heavy work may run.

The OpenMP that torch uses gives every thread that computes in parallel helpers of its own, which
live as long as it does. While there are more of them in a process than cores, all go to sleep after
each operation in place of waiting for the next one, and short operations take two to three times as
long: decoding one report took 300 ms instead of 130. So the thread that serves must be the only one
that keeps helpers.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def on_passing_thread(work: Callable[[], T]) -> T:
    """What `work` returns or raises, on a thread that ends with it, and its helpers too."""
    with ThreadPoolExecutor(1, thread_name_prefix="passing") as thread:
        return thread.submit(work).result()
