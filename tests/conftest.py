"""What every test module gets."""

import logging
from collections.abc import Iterator

import pytest

from deployments.logs import LOGGERS


@pytest.fixture(autouse=True, scope="module")
def _loggers_as_they_were() -> Iterator[None]:
    """An app that a module starts configures the process's logging; the next one finds none."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(each.level, each.propagate, list(each.handlers)) for each in loggers]
    yield
    for each, (level, propagate, handlers) in zip(loggers, before, strict=True):
        each.setLevel(level)
        each.propagate = propagate
        each.handlers[:] = handlers


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """The one Ray of the whole run.

    A process may start Ray 2.60 once only: `ray.shutdown` does not end the metrics thread of a
    second start, which then reads freed memory while the process ends, now and then fatally.
    """
    import ray  # noqa: PLC0415 - most tests do without it

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()
