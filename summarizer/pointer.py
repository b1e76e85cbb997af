"""The extractive model as it serves: without padding, and exact.

What it says of a report does not depend on the other reports of a batch, on a CPU to the last bit.
For training, `summarizer.pointing` computes the same over padded tensors.
"""

from collections.abc import Sequence

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
        self._weighs = model.segment_weights is not None
        weights = (model.segment_weights,) if self._weighs else ()
        self._segment_scores = behind((model.segment_scores, *weights), pack)
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

        fields = len(POINTED_FIELDS)
        scores = self._segment_scores(segment)
        counts = [len(item.features) for item in inputs]
        weighed = scores[:, fields] if self._weighs else scores.new_zeros(len(scores))
        weights = torch.cat([of_report.softmax(0) for of_report in weighed.split(counts)])
        in_segments = self._tensor(counts)
        segments = torch.arange(len(rows), device=self._device)
        summary = torch.cat(
            [
                _pooled(states, self._tensor(_first_tokens(inputs)), in_segments, "sum", weights),
                _pooled(means, segments, in_segments, "sum", weights),
                _pooled(features, segments, in_segments, "max"),
            ],
            dim=1,
        )
        report = activated(gelu, self._report_hidden(summary))
        of_report = self._report_scores(report)
        return PointingScores(scores[:, :fields], of_report[:, :fields], of_report[:, fields:])

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


def _first_tokens(inputs: Sequence[PointingInput]) -> list[int]:
    """For each segment where the window that owns it begins among the tokens of all windows."""
    first: list[int] = []
    start = 0
    for item in inputs:
        begins = [0] * len(item.features)
        for window in item.windows:
            for own in set(window.segment_of_token) - {-1}:
                begins[own] = start
            start += len(window.input_ids)
        first += begins
    return first


def _pooled(
    values: Tensor, rows: Tensor, sizes: Tensor, mode: str, weights: Tensor | None = None
) -> Tensor:
    """The means, sums or maxima of `values[rows]`; each of `sizes` counts the next of the rows.

    `weights` are for sums, one for each row. Zeros where a size is zero.
    """
    if not len(rows):
        return values.new_zeros(len(sizes), values.shape[1])
    starts = sizes.cumsum(0) - sizes
    return embedding_bag(rows, values, starts, mode=mode, per_sample_weights=weights)
