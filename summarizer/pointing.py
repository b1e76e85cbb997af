"""The extractive model: an encoder that points at segments of a report.

It knows nothing about tokenization. A report is one or more windows of token ids; each of its
segments is owned by one window, where its tokens have the most context. A segment is represented
by the mean of its token states and a few surface features; for each field one softmax over the
report's segments and "not stated" chooses. "Not stated" and the category are scored from the whole
report, in which a segment counts as much as the model has learnt that segments like it should: of a
long log it matters little how long it is.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from schemas.summary import FieldName

POINTED_FIELDS = (
    FieldName.ENVIRONMENT,
    FieldName.ACTUAL_BEHAVIOR,
    FieldName.EXPECTED_BEHAVIOR,
    FieldName.SUGGESTED_SOLUTION,
)
"""The fields that are answered by a piece of the report, in the order of the model's outputs."""

FEATURE_SCALE = 4.0
"""A few features beside hundreds of state values: at their own size they are learnt too slowly."""


@dataclass(frozen=True, slots=True)
class PointingBatch:
    """Reports as tensors; R reports, W windows of T tokens, S segments, F surface features.

    `input_ids` and `attention_mask` are (W, T). `segment_of_token` (W, T) holds the index of the
    segment (0 to S - 1) that owns a token, or -1. `report_of_segment` is (S,), rising. `features`
    is (S, F).
    """

    input_ids: Tensor
    attention_mask: Tensor
    segment_of_token: Tensor
    report_of_segment: Tensor
    features: Tensor
    report_count: int

    def to(self, device: torch.device) -> "PointingBatch":
        """The same batch on another device."""
        return PointingBatch(
            self.input_ids.to(device),
            self.attention_mask.to(device),
            self.segment_of_token.to(device),
            self.report_of_segment.to(device),
            self.features.to(device),
            self.report_count,
        )


@dataclass(frozen=True, slots=True)
class PointingScores:
    """Unnormalized scores for the P pointed fields and C categories.

    `segments` is (S, P), `not_stated` (R, P), `categories` (R, C).
    """

    segments: Tensor
    not_stated: Tensor
    categories: Tensor


class PointingConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """The encoder's configuration, with the sizes of the heads."""

    model_type = "bug_summarizer_pointing"

    def __init__(
        self,
        encoder: dict[str, object] | None = None,
        category_count: int = 1,
        feature_count: int = 1,
        weighs_segments: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.encoder = encoder or {}
        self.category_count = category_count
        self.feature_count = feature_count
        self.weighs_segments = weighs_segments

    def encoder_config(self) -> PretrainedConfig:
        """The encoder's own configuration object."""
        encoder = dict(self.encoder)
        return AutoConfig.for_model(str(encoder.pop("model_type")), **encoder)


class PointingModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """An encoder with a pointing head per field and a category head."""

    config_class = PointingConfig
    base_model_prefix = "encoder"

    def __init__(self, config: PointingConfig) -> None:
        super().__init__(config)
        encoder: Any = AutoModel.from_config(config.encoder_config())  # type: ignore[no-untyped-call]
        self.encoder = encoder
        if hasattr(self.encoder, "pooler"):
            self.encoder.pooler = None
        width = int(self.encoder.config.hidden_size)
        fields = len(POINTED_FIELDS)
        self.segment_hidden = nn.Linear(width + config.feature_count, width)
        self.segment_scores = nn.Linear(width, fields)
        self.segment_weights = nn.Linear(width, 1) if config.weighs_segments else None
        self.report_hidden = nn.Linear(2 * width + config.feature_count, width)
        self.not_stated_scores = nn.Linear(width, fields)
        self.category_scores = nn.Linear(width, config.category_count)
        self.post_init()  # type: ignore[no-untyped-call]

    @property
    def max_positions(self) -> int:
        """Tokens that the encoder can read in one window."""
        encoder = self.encoder.config
        # RoBERTa's positions start after the padding index.
        offset = encoder.pad_token_id + 1 if "roberta" in encoder.model_type else 0
        return int(encoder.max_position_embeddings) - offset

    def extend_categories(self, count: int) -> None:
        """Make room for `count` categories; those already there keep their weights."""
        old = self.category_scores
        if count == old.out_features:
            return
        new = nn.Linear(old.in_features, count)
        with torch.no_grad():
            new.weight[: old.out_features] = old.weight
            new.bias[: old.out_features] = old.bias
        self.category_scores = new
        self.config.category_count = count

    def extend_features(self, count: int) -> None:
        """Make room for `count` surface features; the new ones, at the end, say nothing yet.

        Raises ValueError where the model knows more.
        """
        new = count - self.config.feature_count
        if new < 0:
            raise ValueError(f"the model knows {self.config.feature_count} surface features")
        for name in ("segment_hidden", "report_hidden"):
            old: nn.Linear = getattr(self, name)
            wider = nn.Linear(old.in_features + new, old.out_features)
            with torch.no_grad():
                wider.weight[:, : old.in_features] = old.weight
                wider.weight[:, old.in_features :] = 0
                wider.bias.copy_(old.bias)
            setattr(self, name, wider)
        self.config.feature_count = count

    def weigh_segments(self) -> None:
        """Let the model learn how much a segment counts; those of a report count alike at first."""
        if self.segment_weights is None:
            self.segment_weights = nn.Linear(self.segment_scores.in_features, 1)
            nn.init.zeros_(self.segment_weights.weight)
            nn.init.zeros_(self.segment_weights.bias)
            self.config.weighs_segments = True

    def freeze_layers(self, count: int) -> None:
        """Keep the embeddings and the first `count` layers as they are; 0 trains everything.

        Raises ValueError where there are fewer layers.
        """
        if count == 0:
            return
        layers = list(self.encoder.get_submodule(self._layers_path()))
        if count > len(layers):
            raise ValueError(f"the model has {len(layers)} layers")
        self.encoder.requires_grad_(False)
        for layer in layers[count:]:
            layer.requires_grad_(True)

    def _layers_path(self) -> str:
        """Where the encoder keeps its layers: the name of its longest list of modules."""
        lists = {
            name: len(module)
            for name, module in self.encoder.named_modules()
            if isinstance(module, nn.ModuleList)
        }
        return str(max(lists, key=lambda name: lists[name]))

    def forward(self, batch: PointingBatch) -> PointingScores:
        """Score a batch of reports."""
        states = self.encoder(
            input_ids=batch.input_ids, attention_mask=batch.attention_mask
        ).last_hidden_state
        means = _mean_by_segment(states, batch)
        features = FEATURE_SCALE * batch.features.to(means.dtype)
        described = torch.cat([means, features], dim=-1)
        segment_hidden = nn.functional.gelu(self.segment_hidden(described))

        reports = batch.report_count
        weights = self._weights(segment_hidden, batch)
        first_states = _sum_by(
            weights * states[_window_of_segment(batch), 0], batch.report_of_segment, reports
        )
        mean_states = _sum_by(weights * means, batch.report_of_segment, reports)
        strongest = _max_by(features, batch.report_of_segment, reports)
        report = torch.cat([first_states, mean_states, strongest], dim=-1)
        report_hidden = nn.functional.gelu(self.report_hidden(report))
        return PointingScores(
            segments=self.segment_scores(segment_hidden),
            not_stated=self.not_stated_scores(report_hidden),
            categories=self.category_scores(report_hidden),
        )

    def _weights(self, segment_hidden: Tensor, batch: PointingBatch) -> Tensor:
        """(S, 1): how much each segment counts in its report; the sum over a report is one."""
        if self.segment_weights is None:
            scores = segment_hidden.new_zeros(len(segment_hidden), 1)
        else:
            scores = self.segment_weights(segment_hidden)
        scores = scores.float()
        group = batch.report_of_segment
        highest = scores.new_full((batch.report_count, 1), -torch.inf).scatter_reduce(
            0, group.unsqueeze(-1), scores, "amax"
        )
        shares = (scores - highest.detach()[group]).exp()
        return shares / _sum_by(shares, group, batch.report_count)[group]


def _window_of_segment(batch: PointingBatch) -> Tensor:
    """(S,): the window that owns each segment."""
    window, _ = torch.nonzero(batch.segment_of_token >= 0, as_tuple=True)
    owner = batch.segment_of_token[batch.segment_of_token >= 0]
    return torch.zeros_like(batch.report_of_segment).scatter_(0, owner, window)


def _mean_by_segment(states: Tensor, batch: PointingBatch) -> Tensor:
    """(W, T, H) token states → (S, H) means over the tokens that each segment owns."""
    owner = batch.segment_of_token.flatten()
    owned = owner >= 0
    return _mean_by(states.flatten(0, 1)[owned], owner[owned], len(batch.report_of_segment))


def _mean_by(values: Tensor, group: Tensor, count: int) -> Tensor:
    """Means of the rows of (N, H) `values` by `group` (N,): (count, H)."""
    sizes = values.new_zeros(count).index_add_(0, group, values.new_ones(len(group)))
    return _sum_by(values, group, count) / sizes.clamp(min=1).unsqueeze(-1)


def _sum_by(values: Tensor, group: Tensor, count: int) -> Tensor:
    """Sums of the rows of (N, H) `values` by `group` (N,): (count, H)."""
    return values.new_zeros(count, values.shape[-1]).index_add_(0, group, values)


def _max_by(values: Tensor, group: Tensor, count: int) -> Tensor:
    """Maxima of the rows of (N, F) non-negative `values` by `group` (N,): (count, F)."""
    index = group.unsqueeze(-1).expand_as(values)
    return values.new_zeros(count, values.shape[-1]).scatter_reduce(0, index, values, "amax")


def log_probabilities(scores: PointingScores, batch: PointingBatch) -> tuple[Tensor, Tensor]:
    """Log-probabilities of the choices of each report and field, which sum to one.

    Returns those of the segments (S, P) and of "not stated" (R, P).
    """
    group = batch.report_of_segment.unsqueeze(-1).expand_as(scores.segments)
    highest = scores.not_stated.scatter_reduce(0, group, scores.segments, "amax").detach()
    shifted = (scores.segments - highest.gather(0, group)).exp()
    total = (scores.not_stated - highest).exp().scatter_add(0, group, shifted)
    log_total = total.log() + highest
    return scores.segments - log_total.gather(0, group), scores.not_stated - log_total
