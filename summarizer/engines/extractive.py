"""The extractive engine: one encoder pass, and every answer is a piece of the report."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoTokenizer

from schemas.manifest import ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.allocator import keep_freed_memory
from summarizer.copying import copy_list, copy_segment, environment_lines, is_placeholder
from summarizer.engine import FieldPrediction, OneShotEngine, Prediction
from summarizer.linear import Precision
from summarizer.pointer import Pointer
from summarizer.pointing import POINTED_FIELDS, PointingConfig, PointingModel
from summarizer.pointing_input import PointingInput, PointingInputBuilder
from summarizer.segmentation import Segment
from summarizer.weights import load_weights

LEAST_PROBABILITY = 1e-6
"""What is rounded to 0.0 or 1.0 has no log-odds; it is taken for this far from there."""
MOST_AT_ONCE = 16
"""While these are read the next ones are prepared and the last ones answered."""


class ExtractiveEngine(OneShotEngine[PointingInput]):
    """Points at segments and chooses a category. Satisfies `summarizer.engine.Engine`."""

    def __init__(
        self, pointer: Pointer, builder: PointingInputBuilder, manifest: ModelManifest
    ) -> None:
        self._pointer = pointer
        self._builder = builder
        self._manifest = manifest
        self._temperatures = torch.tensor(
            [manifest.temperatures.get(field, 1.0) for field in POINTED_FIELDS]
        )
        self._category_temperature = manifest.temperatures.get(FieldName.BUG_CATEGORY, 1.0)

    @classmethod
    def load(
        cls,
        folder: Path,
        manifest: ModelManifest,
        device: torch.device,
        precision: Precision = "auto",
    ) -> "ExtractiveEngine":
        """Read weights and tokenizer from a checked model folder.

        Raises ModelFolderError where its architecture does not have the precision.
        """
        keep_freed_memory()
        config = PointingConfig.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, config=config.encoder_config(), local_files_only=True
        )
        model = load_weights(PointingModel, folder)
        builder = PointingInputBuilder(
            tokenizer, manifest.max_source_tokens, model.max_positions, config.feature_count
        )
        return cls(Pointer(model, precision, device), builder, manifest)

    @property
    def manifest(self) -> ModelManifest:
        """Who the model is."""
        return self._manifest

    @property
    def most_at_once(self) -> int | None:
        """A batch whose windows keep all threads busy."""
        return MOST_AT_ONCE

    def prepare(self, report: ReportInput) -> PointingInput:
        """Render and tokenize one report."""
        return self._builder.build(report)

    @torch.inference_mode()
    def predict(self, batch: Sequence[PointingInput]) -> list[Prediction]:
        """One encoder pass over a batch."""
        scores = self._pointer(batch)
        segments = torch.split(
            scores.segments.cpu() / self._temperatures, [len(item.segments) for item in batch]
        )
        not_stated = scores.not_stated.cpu() / self._temperatures
        categories = (scores.categories.cpu() / self._category_temperature).softmax(-1).tolist()
        # One softmax for each report, whose sum has no place for the segments of others.
        chosen = [
            torch.cat([absent, of_segments.t()], dim=1).softmax(1).tolist()
            for absent, of_segments in zip(not_stated.unsqueeze(2), segments, strict=True)
        ]
        return [
            self._prediction(item.segments, choices, category)
            for item, choices, category in zip(batch, chosen, categories, strict=True)
        ]

    def _prediction(
        self,
        segments: tuple[Segment, ...],
        choices: Sequence[Sequence[float]],
        categories: Sequence[float],
    ) -> Prediction:
        offsets = self._manifest.offsets
        fields = {
            field: _point(segments, probabilities, field, offsets.get(field, 0.0))
            for field, probabilities in zip(POINTED_FIELDS, choices, strict=True)
        }
        if self._manifest.categories:
            best = max(range(len(categories)), key=lambda index: categories[index])
            confidence = _moved(categories[best], offsets.get(FieldName.BUG_CATEGORY, 0.0))
            fields[FieldName.BUG_CATEGORY] = FieldPrediction(
                self._manifest.categories[best], confidence, Origin.GENERATED
            )
        return fields


def _point(
    segments: tuple[Segment, ...], choices: Sequence[float], field: FieldName, offset: float
) -> FieldPrediction:
    """The likeliest segment, or None where "not stated" is likelier than all of them together.

    `choices` are the probabilities of "not stated" and of each segment; `offset` moves the
    log-odds of a segment's confidence.
    """
    not_stated, *of_segments = choices
    probabilities = [
        0.0 if is_placeholder(segment.text) else probability
        for segment, probability in zip(segments, of_segments, strict=True)
    ]
    if not any(probabilities) or not_stated >= 0.5:
        return FieldPrediction(None, not_stated, Origin.NOT_STATED)
    best = max(range(len(segments)), key=lambda index: probabilities[index])
    if field is FieldName.ENVIRONMENT:
        copied = copy_list(segments, environment_lines(segments, probabilities), field)
    else:
        copied = copy_segment(segments, best, field)
    confidence = _moved(probabilities[best], offset)
    return FieldPrediction(copied.text, confidence, Origin.COPIED, copied.spans)


def _moved(probability: float, offset: float) -> float:
    """A probability with `offset` added to its log-odds."""
    if offset == 0.0:
        return probability
    bounded = min(max(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    return 1 / (1 + (1 / bounded - 1) * math.exp(-offset))
