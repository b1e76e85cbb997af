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
