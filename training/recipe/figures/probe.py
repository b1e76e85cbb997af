"""What a model's encoder knows of single sentences, though it was taught to choose one of many.

A linear classifier for each label is fitted to the states with which the model represents the
segments of a report, on the readings that the model itself learnt from.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from transformers import AutoTokenizer

from schemas.report import ReportInput
from summarizer.folder import read_config, read_manifest
from summarizer.pointing import PointingBatch, PointingConfig, PointingModel
from summarizer.pointing_input import PointingInputBuilder, collate
from summarizer.segmentation import SegmentKind
from summarizer.weights import load_weights
from training.recipe.figures.sentence_labels import LABELS, Labelled, best_threshold, labelled
from training.recipe.readings import Reading

States = NDArray[np.float64]


class Probe:
    """Sentence classifiers on top of a model folder's encoder."""

    def __init__(self, folder: Path) -> None:
        config = PointingConfig.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(
            folder, config=config.encoder_config(), local_files_only=True
        )
        limit = read_manifest(folder, read_config(folder)).max_source_tokens
        self._model = load_weights(PointingModel, folder).eval()
        self._feature_count = config.feature_count
        self._builder = PointingInputBuilder(
            tokenizer, limit, self._model.max_positions, self._feature_count
        )
        self._classifiers: dict[str, Pipeline] = {}
        self.thresholds: dict[str, float] = {}

    def fit(self, learnt: Sequence[Reading], calibration: Sequence[Reading]) -> None:
        """Learn from readings, and choose the thresholds on others."""
        examples, states = self.states(learnt)
        tuned, tuned_states = self.states(calibration)
        for name in LABELS:
            classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=400))
            classifier.fit(states, [one.is_(name) for one in examples])
            self._classifiers[name] = classifier
            self.thresholds[name] = best_threshold(
                self.scores(name, tuned_states), [one.is_(name) for one in tuned]
            )

    def scores(self, name: str, states: States) -> States:
        """How likely each segment is to have a label."""
        return np.asarray(self._classifiers[name].predict_proba(states)[:, 1], dtype=np.float64)

    def states(self, readings: Sequence[Reading]) -> tuple[list[Labelled], States]:
        """The labelled segments that the model reads, and what it makes of each: (S, H)."""
        by_report: dict[str, dict[tuple[int, int], Labelled]] = {}
        for one in labelled(readings):
            place = (one.segment.start, one.segment.end)
            by_report.setdefault(one.report, {})[place] = one
        found: list[Labelled] = []
        rows: list[States] = []
        for reading in readings:
            report = ReportInput(description=reading.description)
            rendered = self._builder.build(report)
            if not rendered.segments:
                continue
            hidden = self._hidden(collate([rendered], self._builder.pad_id, self._feature_count))
            for segment, state in zip(rendered.segments, hidden, strict=True):
                if segment.kind is SegmentKind.HEADING:
                    continue
                found.append(by_report[reading.id][segment.start, segment.end])
                rows.append(state)
        return found, np.stack(rows)

    @torch.inference_mode()
    def _hidden(self, batch: PointingBatch) -> States:
        """The states before the pointing scores, one a segment."""
        caught: list[torch.Tensor] = []
        handle = self._model.segment_hidden.register_forward_hook(
            lambda _module, inputs, output: caught.append(
                torch.cat([inputs[0], nn.functional.gelu(output)], dim=1)
            )
        )
        try:
            self._model(batch)
        finally:
            handle.remove()
        return caught[0].double().numpy()
