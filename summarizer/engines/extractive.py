"""The extractive engine: one encoder pass, and every answer is a piece of the report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from schemas.manifest import ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.copying import copy_list, copy_segment, environment_lines
from summarizer.engine import FieldPrediction, Prediction
from summarizer.pointing import (
    POINTED_FIELDS,
    PointingConfig,
    PointingModel,
    PointingScores,
    log_probabilities,
)
from summarizer.pointing_input import PointingInput, PointingInputBuilder, collate
from summarizer.segmentation import Segment
from summarizer.weights import load_weights


class ExtractiveEngine:
    """Points at segments and chooses a category. Satisfies `summarizer.engine.Engine`."""

    def __init__(
        self,
        model: PointingModel,
        builder: PointingInputBuilder,
        manifest: ModelManifest,
        device: torch.device,
    ) -> None:
        self._model = _evaluating(model, device)
        self._builder = builder
        self._device = device
        self._manifest = manifest
        self._temperatures = torch.tensor(
            [manifest.temperatures.get(field, 1.0) for field in POINTED_FIELDS], device=device
        )
        self._category_temperature = manifest.temperatures.get(FieldName.BUG_CATEGORY, 1.0)

    @classmethod
    def load(
        cls, folder: Path, manifest: ModelManifest, device: torch.device
    ) -> "ExtractiveEngine":
        """Read weights and tokenizer from a checked model folder."""
        config = PointingConfig.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, config=config.encoder_config(), local_files_only=True
        )
        model = load_weights(PointingModel, folder)
        builder = PointingInputBuilder(tokenizer, manifest.max_source_tokens, model.max_positions)
        return cls(model, builder, manifest, device)

    @property
    def manifest(self) -> ModelManifest:
        """Who the model is."""
        return self._manifest

    def prepare(self, report: ReportInput) -> PointingInput:
        """Render and tokenize one report."""
        return self._builder.build(report)

    def predict(self, batch: Sequence[PointingInput]) -> list[Prediction]:
        """One encoder pass over a batch."""
        tensors = collate(batch, self._builder.pad_id).to(self._device)
        with torch.inference_mode():
            scores = self._model(tensors)
            segments, not_stated = log_probabilities(
                PointingScores(
                    scores.segments / self._temperatures,
                    scores.not_stated / self._temperatures,
                    scores.categories,
                ),
                tensors,
            )
            categories = (scores.categories / self._category_temperature).softmax(-1).cpu()
        by_report = torch.split(segments.exp().cpu(), [len(item.segments) for item in batch])
        absent = not_stated.exp().cpu()
        return [
            self._prediction(item.segments, by_report[row], absent[row], categories[row])
            for row, item in enumerate(batch)
        ]

    def _prediction(
        self,
        segments: tuple[Segment, ...],
        probabilities: torch.Tensor,
        not_stated: torch.Tensor,
        categories: torch.Tensor,
    ) -> Prediction:
        fields = {
            field: _point(segments, probabilities[:, column], not_stated[column], field)
            for column, field in enumerate(POINTED_FIELDS)
        }
        if self._manifest.categories:
            best = int(categories.argmax())
            fields[FieldName.BUG_CATEGORY] = FieldPrediction(
                self._manifest.categories[best], float(categories[best]), Origin.GENERATED
            )
        return fields


def _evaluating(model: Any, device: torch.device) -> Any:
    return model.to(device).eval()


def _point(
    segments: tuple[Segment, ...],
    probabilities: torch.Tensor,
    not_stated: torch.Tensor,
    field: FieldName,
) -> FieldPrediction:
    """The likeliest segment, or None where "not stated" is likelier than all of them together."""
    if not segments or not_stated >= 0.5:
        return FieldPrediction(None, float(not_stated), Origin.NOT_STATED)
    best = int(probabilities.argmax())
    if field is FieldName.ENVIRONMENT:
        copied = copy_list(segments, environment_lines(segments, probabilities.tolist()), field)
    else:
        copied = copy_segment(segments, best, field)
    return FieldPrediction(copied.text, float(probabilities[best]), Origin.COPIED, copied.spans)
