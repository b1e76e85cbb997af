"""What the two seq2seq engines share: everything but the decoder loop."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch

from schemas.errors import ModelFolderError
from schemas.manifest import ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.copying import copy_segment
from summarizer.decoding import Choices, Constraints, RowAnswer, RowRules
from summarizer.engine import FieldPrediction, Prediction
from summarizer.seq2seq import Seq2Seq, load_seq2seq
from summarizer.writing_input import WritingInput, WritingInputBuilder


class Seq2SeqEngine(ABC):
    """Satisfies `summarizer.engine.Engine`. A subclass says how the rows are decoded."""

    def __init__(self, seq2seq: Seq2Seq, manifest: ModelManifest, device: torch.device) -> None:
        self._model = seq2seq.model.to(device).eval()
        self._seq2seq = seq2seq
        self._manifest = manifest
        self._device = device
        self._builder = WritingInputBuilder(
            seq2seq.tokenizer,
            seq2seq.markers,
            seq2seq.eos_id,
            seq2seq.source_limit(manifest.max_source_tokens),
        )
        self._choices = self._category_choices()
        self._text_tokens = _text_tokens(seq2seq)

    @classmethod
    def load(cls, folder: Path, manifest: ModelManifest, device: torch.device) -> Self:
        """Read weights and tokenizer from a checked model folder."""
        try:
            return cls(load_seq2seq(folder), manifest, device)
        except (OSError, ValueError) as error:
            raise ModelFolderError(f"{folder}: {error}") from error

    @property
    def manifest(self) -> ModelManifest:
        """Who the model is."""
        return self._manifest

    def prepare(self, report: ReportInput) -> WritingInput:
        """Render and tokenize one report."""
        return self._builder.build(report)

    @torch.inference_mode()
    def predict(self, batch: Sequence[WritingInput]) -> list[Prediction]:
        """Encode the reports in one padded batch, and decode all their fields side by side."""
        if not batch:
            return []
        fields = self._manifest.fields
        input_ids, attention_mask = self._pad(batch)
        encoded = self._model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask)
        answers = self._decode(
            encoded.last_hidden_state.repeat_interleave(len(fields), dim=0),
            attention_mask.repeat_interleave(len(fields), dim=0),
            self._prefixes(len(batch)),
            Constraints(
                [self._rules(item, field) for item in batch for field in fields],
                self._text_tokens,
                self._seq2seq.eos_id,
            ),
        )
        said = iter(answers)
        return [
            {field: self._field_prediction(item, field, next(said)) for field in fields}
            for item in batch
        ]

    @abstractmethod
    def _decode(
        self,
        encoder_states: torch.Tensor,
        encoder_mask: torch.Tensor,
        prefixes: torch.Tensor,
        constraints: Constraints,
    ) -> list[RowAnswer]:
        """Greedy answers of all rows.

        `encoder_states` is `[rows, source, width]`, `encoder_mask` `[rows, source]` and `prefixes`
        `[rows, 2]`.
        """

    def _category_choices(self) -> Choices | None:
        categories = self._manifest.categories
        if not categories:
            return None
        ids = self._builder.encode(categories)
        return Choices(dict(zip(categories, ids, strict=True)), self._seq2seq.eos_id)

    def _rules(self, item: WritingInput, field: FieldName) -> RowRules:
        return RowRules(
            markers=self._seq2seq.markers.sentences[: len(item.segments)],
            text_limit=self._seq2seq.target_limit(self._manifest.max_target_tokens),
            choices=self._choices if field is FieldName.BUG_CATEGORY else None,
            temperature=self._manifest.temperatures.get(field, 1.0),
        )

    def _pad(self, batch: Sequence[WritingInput]) -> tuple[torch.Tensor, torch.Tensor]:
        longest = max(item.token_count for item in batch)
        shape = (len(batch), longest)
        input_ids = torch.full(shape, self._seq2seq.pad_id, dtype=torch.long)
        attention_mask = torch.zeros(shape, dtype=torch.long)
        for row, item in enumerate(batch):
            input_ids[row, : item.token_count] = torch.tensor(item.input_ids)
            attention_mask[row, : item.token_count] = 1
        return input_ids.to(self._device), attention_mask.to(self._device)

    def _prefixes(self, reports: int) -> torch.Tensor:
        markers = self._seq2seq.markers.fields
        rows = [[self._seq2seq.start_id, markers[field]] for field in self._manifest.fields]
        return torch.tensor(rows * reports, device=self._device)

    def _field_prediction(
        self, item: WritingInput, field: FieldName, answer: RowAnswer
    ) -> FieldPrediction:
        tokens = answer.tokens
        markers = self._seq2seq.markers.sentences
        if field is FieldName.BUG_CATEGORY and self._choices is not None and tokens:
            text = self._choices.text(tokens)
            return FieldPrediction(text, answer.confidence, Origin.GENERATED)
        if tokens and tokens[0] in markers:
            copied = copy_segment(item.segments, markers.index(tokens[0]), field)
            return FieldPrediction(copied.text, answer.confidence, Origin.COPIED, copied.spans)
        text = str(self._seq2seq.tokenizer.decode(list(tokens), skip_special_tokens=True)).strip()
        if not text:
            return FieldPrediction(None, answer.confidence, Origin.NOT_STATED)
        return FieldPrediction(text, answer.confidence, Origin.GENERATED)


def _text_tokens(seq2seq: Seq2Seq) -> torch.Tensor:
    """Which rows of the vocabulary are tokens of ordinary text.

    Vocabularies are padded: T5 has 28 rows more than tokens.
    """
    rows = seq2seq.vocabulary_rows
    ordinary = torch.zeros(rows, dtype=torch.bool)
    ordinary[[token for token in seq2seq.tokenizer.get_vocab().values() if token < rows]] = True
    ordinary[list(seq2seq.markers.ids | set(seq2seq.tokenizer.all_special_ids))] = False
    return ordinary
