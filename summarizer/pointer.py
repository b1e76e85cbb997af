"""The extractive model as it serves: without padding, and exact.

What it says of a report does not depend on the other reports of a batch, on a CPU to the last bit.
For training, `summarizer.pointing` computes the same over padded tensors.
"""

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, gelu

from summarizer.dense import activated, behind, side_by_side
from summarizer.encoders import serving_encoder
from summarizer.linear import Precision, packer
from summarizer.pointing import FEATURE_SCALE, POINTED_FIELDS, PointingModel, PointingScores
from summarizer.pointing_input import PointingInput


class Pointer:
    """An encoder and the pointing heads. The heads are in float32, whatever the encoder is in."""

    def __init__(self, model: PointingModel, precision: Precision, device: torch.device) -> None:
        self._encode = serving_encoder(model.encoder, precision, device)
        self._device = device
        self._feature_count = model.config.feature_count
        model = model.to(device)  # type: ignore[arg-type]
        pack = packer("float32", device)
        self._segment_hidden = side_by_side((model.segment_hidden,), pack)
        self._segment_scores = behind((model.segment_scores,), pack)
        self._report_hidden = side_by_side((model.report_hidden,), pack)
        self._report_scores = behind((model.not_stated_scores, model.category_scores), pack)

    def __call__(self, inputs: Sequence[PointingInput]) -> PointingScores:
        """Score reports; their segments stand one report after another."""
        windows = [window for item in inputs for window in item.windows]
        states = self._encode([window.input_ids for window in windows])
        means = self._segment_means(states, inputs)
        rows = [values for item in inputs for values in item.features]
        features = (
            self._tensor(rows, torch.float32).reshape(-1, self._feature_count) * FEATURE_SCALE
        )
        segment = activated(gelu, self._segment_hidden(torch.cat([means, features], dim=1)))

        starts = accumulate((len(window.input_ids) for window in windows[:-1]), initial=0)
        in_windows = self._tensor([len(item.windows) for item in inputs])
        in_segments = self._tensor([len(item.features) for item in inputs])
        segments = torch.arange(len(rows), device=self._device)
        summary = torch.cat(
            [
                _pooled(states, self._tensor(list(starts)), in_windows, "mean"),
                _pooled(means, segments, in_segments, "mean"),
                _pooled(features, segments, in_segments, "max"),
            ],
            dim=1,
        )
        report = activated(gelu, self._report_hidden(summary))
        scores = self._report_scores(report)
        fields = len(POINTED_FIELDS)
        return PointingScores(self._segment_scores(segment), scores[:, :fields], scores[:, fields:])

    def _segment_means(self, states: Tensor, inputs: Sequence[PointingInput]) -> Tensor:
        """The mean of the states of the tokens that each segment owns."""
        owners: list[int] = []
        first = 0
        for item in inputs:
            for window in item.windows:
                owners += [first + own if own >= 0 else -1 for own in window.segment_of_token]
            first += len(item.features)
        owner = self._tensor(owners)
        owned = (owner >= 0).nonzero().squeeze(1)
        segments, sizes = torch.unique_consecutive(owner[owned], return_counts=True)
        means = states.new_zeros(first, states.shape[1])
        means[segments] = _pooled(states, owned, sizes, "mean")
        return means

    def _tensor(self, values: Sequence[object], dtype: torch.dtype = torch.long) -> Tensor:
        return torch.tensor(values, dtype=dtype, device=self._device)


def _pooled(values: Tensor, rows: Tensor, sizes: Tensor, mode: str) -> Tensor:
    """The means or maxima of `values[rows]`, where each of `sizes` counts the next of the rows.

    Zeros where a size is zero.
    """
    if not len(rows):
        return values.new_zeros(len(sizes), values.shape[1])
    return embedding_bag(rows, values, sizes.cumsum(0) - sizes, mode=mode)
