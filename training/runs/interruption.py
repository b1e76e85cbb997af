"""Ctrl-C and SIGTERM while a run is driven: both are exceptions, so that all is cleaned up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ray.train.torch import TorchTrainer


class Terminated(KeyboardInterrupt):
    """SIGTERM, which is answered as Ctrl-C is."""


@contextmanager
def termination_as_exception() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM; Ray would abort the process with a stack of its own.

    To be entered when Ray runs, which sets its own handler. Only the main thread gets signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    came = threading.Event()

    def terminated(_: int, __: object) -> None:
        came.set()
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except KeyboardInterrupt as error:
        # What a handler raises while Ray waits arrives as KeyboardInterrupt itself.
        if came.is_set() and not isinstance(error, Terminated):
            raise Terminated from error
        raise
    finally:
        # None is a handler that Python did not set.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


class InterruptibleTrainer(TorchTrainer):
    """A trainer that leaves Ctrl-C to its caller.

    That of Ray 2.60 answers it with exit status 0 or 1, and goes on swallowing it after `fit`.
    """

    def _register_sigint_handler(self, controller: Any) -> None:
        """Set none; KeyboardInterrupt ends the waiting for the controller."""
