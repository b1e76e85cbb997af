"""The evaluation command's own choices."""

import pytest
import torch

from training.evaluate import device_for


def test_a_gpu_is_used_unless_it_must_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_for(no_cuda=False) == "cuda"
    assert device_for(no_cuda=True) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_for(no_cuda=False) == "cpu"
