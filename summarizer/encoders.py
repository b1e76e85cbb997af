"""Encoders as they serve: windows of token ids in, the states of their tokens out.

A state depends on the tokens of its own window only, on a CPU to the last bit.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from schemas.errors import ModelFolderError
from summarizer.bert import Bert, can_lay_out
from summarizer.linear import Precision, packer, resolve
from summarizer.packed import PackedEncoder
from summarizer.workers import Workers


class Encoder(Protocol):
    """Reads windows of token ids."""

    def __call__(self, windows: Sequence[Sequence[int]]) -> Tensor:
        """The last states of all tokens in float32, `[tokens, width]`, one window after another."""
        ...


class ModuleEncoder:
    """An encoder of any architecture, as transformers has it.

    On a CPU each window is read alone, since sums over padded rows differ in the last bits; a GPU
    reads them all at once, padded.
    """

    def __init__(self, module: Any, dtype: torch.dtype, device: torch.device) -> None:
        self._module = module.to(device, dtype).eval()
        self._device = device

    def __call__(self, windows: Sequence[Sequence[int]]) -> Tensor:
        """The last states of all tokens."""
        if self._device.type != "cpu":
            return self.read_padded(windows)
        return torch.cat([self.read_padded([window]) for window in windows])

    def read_padded(self, windows: Sequence[Sequence[int]]) -> Tensor:
        """The last states of all tokens, out of one batch that is as long as its longest window."""
        rows = [torch.tensor(window) for window in windows]
        ids = pad_sequence(rows, batch_first=True).to(self._device)
        lengths = torch.tensor([len(window) for window in windows], device=self._device)
        read = torch.arange(ids.shape[1], device=self._device) < lengths.unsqueeze(1)
        states: Tensor = self._module(input_ids=ids, attention_mask=read.long()).last_hidden_state
        return states[read].float()


def serving_encoder(module: Any, precision: Precision, device: torch.device) -> Encoder:
    """The fastest encoder there is for a module of transformers.

    `auto` is int8 where the device and the architecture can, bfloat16 on a GPU and float32
    elsewhere. On a CPU it runs on as many threads as torch has now. Raises ModelFolderError where
    int8 is asked for and the architecture has none.
    """
    chosen = resolve(precision, device)
    if device.type == "cpu" and can_lay_out(module.config):
        bert = Bert(module, packer(chosen, device))
        return PackedEncoder(bert, Workers(torch.get_num_threads()), device)
    if chosen == "int8":
        if precision == "int8":
            raise ModelFolderError(
                f"there is no int8 for encoders of the architecture `{module.config.model_type}`; "
                "set precision to float32 or auto"
            )
        chosen = "float32"
    return ModuleEncoder(module, getattr(torch, chosen), device)
