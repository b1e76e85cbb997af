"""Training an encoder to point: records as right segments, and the loss over them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from schemas.errors import TrainingError
from schemas.manifest import ModelManifest
from schemas.summary import FieldName
from summarizer.features import FEATURE_COUNT
from summarizer.folder import POINTING_MODEL_TYPE, write_manifest
from summarizer.pointing import (
    POINTED_FIELDS,
    PointingBatch,
    PointingConfig,
    PointingModel,
    PointingScores,
    log_probabilities,
)
from summarizer.pointing_input import PointingInput, PointingInputBuilder, collate
from summarizer.windows import Window
from training.learning.dropout import set_dropout
from training.learning.lora import add_adapters, merged_weights
from training.learning.pointing_encoder import NO_CATEGORY, PointingEncoder
from training.learning.task import Example, Judged
from training.options import TrainingOptions
from training.vocabulary import require_vocabulary

_TINY = 1e-30


class PointingTask:
    """An encoder that learns to point. Satisfies `training.learning.task.Task`."""

    def __init__(
        self,
        model: PointingModel,
        tokenizer: PreTrainedTokenizerBase,
        categories: Sequence[str],
        max_source_tokens: int,
        label_smoothing: float = 0.0,
    ) -> None:
        self.model: Any = model
        self._label_smoothing = label_smoothing
        self._tokenizer = tokenizer
        self._has_categories = bool(categories)
        self._feature_count = model.config.feature_count
        builder = PointingInputBuilder(
            tokenizer, max_source_tokens, model.max_positions, self._feature_count
        )
        self._pad_id = builder.pad_id
        self.encode = PointingEncoder(builder, categories)

    @classmethod
    def from_pretrained(
        cls, options: TrainingOptions, config: dict[str, Any], categories: Sequence[str]
    ) -> "PointingTask":
        """Start from an encoder, which gets new heads, or from an extractive folder.

        `categories` must begin with those of the folder. Raises TrainingError where there are
        fewer layers than are to be frozen, and for a folder of a later release.
        """
        if config["model_type"] == POINTING_MODEL_TYPE:
            pointing = PointingConfig.from_pretrained(options.model)
            tokenizer = AutoTokenizer.from_pretrained(
                options.model, config=pointing.encoder_config()
            )
            model = PointingModel.from_pretrained(options.model, dtype=torch.float32)
            model.extend_categories(len(categories))
            try:
                model.extend_features(FEATURE_COUNT)
            except ValueError as error:
                raise TrainingError(
                    f"{options.model}: {error}, and this release {FEATURE_COUNT}: it comes from a "
                    "later release; train with that one"
                ) from error
        else:
            tokenizer = AutoTokenizer.from_pretrained(options.model)
            encoder = AutoModel.from_pretrained(options.model, dtype=torch.float32)
            settings = encoder.config.to_dict()
            # Where the base stood on this machine is nobody's business.
            settings.pop("_name_or_path", None)
            model = PointingModel(
                PointingConfig(
                    encoder=settings,
                    category_count=len(categories),
                    feature_count=FEATURE_COUNT,
                )
            )
            weights = {k: v for k, v in encoder.state_dict().items() if "pooler" not in k}
            model.encoder.load_state_dict(weights)
        model.weigh_segments()
        require_vocabulary(tokenizer, options.model)
        _freeze(model, options.frozen_layers)
        if options.lora_rank:
            # The heads, which are new or belong to our own task, are trained as they are.
            add_adapters(model.encoder, options)
        set_dropout(model, options.dropout)
        return cls(model, tokenizer, categories, options.max_source_tokens, options.label_smoothing)

    def collate(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        """Batch examples: the tensors of a `PointingBatch`, and what is right in it.

        `right` (S, P) and `right_not_stated` (R, P) are 1 at right choices; `category` is (R,).
        """
        rendered = [_rendered(example) for example in examples]
        batch = collate(rendered, self._pad_id, self._feature_count)
        right = torch.zeros(len(batch.report_of_segment), len(POINTED_FIELDS))
        not_stated = torch.zeros(len(examples), len(POINTED_FIELDS))
        first = 0
        for row, example in enumerate(examples):
            for column, indices in enumerate(example["right"]):
                for index in indices:
                    if index < 0:
                        not_stated[row, column] = 1
                    else:
                        right[first + index, column] = 1
            first += len(example["features"])
        return {
            **{name: getattr(batch, name) for name in _TENSORS},
            "right": right,
            "right_not_stated": not_stated,
            "category": torch.tensor([example["category"] for example in examples]),
        }

    def loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Minus the log of the probability mass on the right choices, plus the category's.

        The mean over the fields that have a right choice, in each report of the batch.
        """
        inputs = pointing_batch(batch)
        return self._loss(self.model(inputs), inputs, batch)

    def judge(self, batch: Mapping[str, Tensor]) -> Judged:
        """The loss of a batch, and where the likeliest choice is a right one."""
        inputs = pointing_batch(batch)
        scores = self.model(inputs)
        right, labelled = _right_choices(scores, inputs, batch)
        known = batch["category"] != NO_CATEGORY
        right_category = torch.zeros_like(known)
        if self._has_categories:
            right_category = known & (scores.categories.argmax(-1) == batch["category"])
        columns = [(*POINTED_FIELDS, FieldName.BUG_CATEGORY).index(field) for field in FieldName]
        return Judged(
            self._loss(scores, inputs, batch),
            torch.cat([right.sum(0), right_category.sum()[None]])[columns],
            torch.cat([labelled.sum(0), known.sum()[None]])[columns],
        )

    def _loss(
        self, scores: PointingScores, inputs: PointingBatch, batch: Mapping[str, Tensor]
    ) -> Tensor:
        chosen = log_probabilities(scores, inputs)
        mass, labelled = right_mass(*chosen, inputs, batch)
        by_field = -mass.log()
        if self._label_smoothing:
            spread = -mean_log_probability(*chosen, inputs)
            by_field = torch.lerp(by_field, spread, self._label_smoothing)
        pointing = (by_field * labelled).sum() / labelled.sum().clamp(min=1)
        if not self._has_categories:
            return pointing
        known = (batch["category"] != NO_CATEGORY).sum().clamp(min=1)
        category = nn.functional.cross_entropy(
            scores.categories,
            batch["category"],
            ignore_index=NO_CATEGORY,
            reduction="sum",
            label_smoothing=self._label_smoothing,
        )
        return pointing + category / known / len(FieldName)

    def save(
        self, folder: Path, manifest: ModelManifest, weights: Mapping[str, Tensor] | None = None
    ) -> None:
        """Write the model folder."""
        whole = self.model.state_dict() if weights is None else weights
        self.model.save_pretrained(folder, state_dict=merged_weights(self.model, whole))
        self._tokenizer.save_pretrained(folder)
        write_manifest(folder, manifest)


def _freeze(model: PointingModel, layers: int) -> None:
    try:
        model.freeze_layers(layers)
    except ValueError as error:
        raise TrainingError(
            f"--frozen-layers {layers}: {error}; give that many at most, with which only the heads "
            "are trained"
        ) from error


_TENSORS = (
    "input_ids",
    "attention_mask",
    "segment_of_token",
    "report_of_segment",
    "features",
)


def pointing_batch(batch: Mapping[str, Tensor]) -> PointingBatch:
    """The model's input out of a collated batch."""
    tensors = {name: batch[name] for name in _TENSORS}
    return PointingBatch(**tensors, report_count=len(batch["category"]))


def right_mass(
    segments: Tensor, not_stated: Tensor, inputs: PointingBatch, batch: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """The probability of the right choices, and 1 where there is one: both (R, P).

    `segments` and `not_stated` are log-probabilities.
    """
    group = inputs.report_of_segment.unsqueeze(-1).expand_as(segments)
    mass = (not_stated.exp() * batch["right_not_stated"]).scatter_add(
        0, group, segments.exp() * batch["right"]
    )
    labelled = batch["right_not_stated"].scatter_reduce(0, group, batch["right"], "amax")
    return mass.clamp(min=_TINY), labelled


def _right_choices(
    scores: PointingScores, inputs: PointingBatch, batch: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """Whether the likeliest choice is a right one, and whether there is a right one: (R, P)."""
    group = inputs.report_of_segment.unsqueeze(-1).expand_as(scores.segments)
    likeliest = scores.not_stated.scatter_reduce(0, group, scores.segments, "amax")
    nothing = -torch.inf
    right_segments = scores.segments.masked_fill(batch["right"] == 0, nothing)
    right_not_stated = scores.not_stated.masked_fill(batch["right_not_stated"] == 0, nothing)
    right = right_not_stated.scatter_reduce(0, group, right_segments, "amax")
    return right == likeliest, right > nothing


def mean_log_probability(segments: Tensor, not_stated: Tensor, inputs: PointingBatch) -> Tensor:
    """The mean over the choices of each report and field, (R, P), of their log-probabilities."""
    group = inputs.report_of_segment.unsqueeze(-1).expand_as(segments)
    total = not_stated.scatter_add(0, group, segments)
    count = torch.ones_like(not_stated).scatter_add(0, group, torch.ones_like(segments))
    return total / count


def _rendered(example: Example) -> PointingInput:
    windows = zip(example["input_ids"], example["segment_of_token"], strict=True)
    return PointingInput(
        segments=(),
        windows=tuple(Window(tuple(ids), tuple(owner)) for ids, owner in windows),
        features=tuple(tuple(row) for row in example["features"]),
    )
