"""What the two seq2seq engines share: everything but how the rows are decoded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from schemas.errors import ModelFolderError
from schemas.manifest import ModelManifest
from schemas.report import ReportInput
from schemas.summary import FieldName, Origin
from summarizer.copying import copy_segment
from summarizer.decoding import Choices, RowAnswer, RowRules
from summarizer.engine import FieldPrediction
from summarizer.seq2seq import Seq2Seq
from summarizer.writing_input import WritingInput, WritingInputBuilder


class Seq2SeqEngine:
    """Renders reports, says what each row may say, and turns what it said into a field."""

    def __init__(self, seq2seq: Seq2Seq, manifest: ModelManifest) -> None:
        self._seq2seq = seq2seq
        self._manifest = manifest
        self._builder = WritingInputBuilder(
            seq2seq.tokenizer,
            seq2seq.markers,
            seq2seq.eos_id,
            seq2seq.source_limit(manifest.max_source_tokens),
        )
        self._choices = self._category_choices()

    @property
    def manifest(self) -> ModelManifest:
        """Who the model is."""
        return self._manifest

    def prepare(self, report: ReportInput) -> WritingInput:
        """Render and tokenize one report."""
        return self._builder.build(report)

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
            eos_id=self._seq2seq.eos_id,
            choices=self._choices if field is FieldName.BUG_CATEGORY else None,
            temperature=self._manifest.temperatures.get(field, 1.0),
        )

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


@contextmanager
def errors_of(folder: Path) -> Iterator[None]:
    """Turn what loading a checked folder raises into a ModelFolderError that names it."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ModelFolderError(f"{folder}: {error}") from error


def text_tokens(seq2seq: Seq2Seq) -> torch.Tensor:
    """Which rows of the vocabulary are tokens of ordinary text, one boolean per row.

    Vocabularies are padded: T5 has 28 rows more than tokens.
    """
    rows = seq2seq.vocabulary_rows
    ordinary = torch.zeros(rows, dtype=torch.bool)
    ordinary[[token for token in seq2seq.tokenizer.get_vocab().values() if token < rows]] = True
    ordinary[list(seq2seq.markers.ids | set(seq2seq.tokenizer.all_special_ids))] = False
    return ordinary
