"""Modules that compute without Python's interpreter.

An operation of a small model takes a few microseconds, and the interpreter as many around it; and
it has a lock, for which a thread waits after every operation while another one prepares a report.
TorchScript has neither. Its language is a part of Python's: every type is said, there are no
dataclasses, and functions are no values. It is deprecated, but what follows it needs a compiler on
the machine that serves, and new code for each new shape; torch is pinned.
"""

import warnings
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def compiled(module: M, device: torch.device) -> M:
    """The module for a device; one that is not the CPU gets it as it is."""
    if device.type != "cpu":
        return module
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        return cast(M, torch.jit.script(module.eval()))


def traced(activation: nn.Module, example: Tensor) -> nn.Module:
    """An elementwise function of transformers as a module that can be compiled."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        return cast(nn.Module, torch.jit.trace(activation, example))
