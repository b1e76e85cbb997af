"""Records as examples to learn writing from: a report, and what each field's row should say."""

from collections.abc import Sequence
from typing import Any

from datasets import Features, List, Value

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from summarizer.environment import format_environment
from summarizer.seq2seq import Seq2Seq
from summarizer.writing_input import WritingInput, WritingInputBuilder
from training.matching import SAME, best_match


class WritingEncoder:
    """Renders reports and encodes the targets of their fields. Satisfies `Encoder`.

    Of `seq2seq` all but the model is used.
    """

    features = Features(
        {
            "input_ids": List(Value("int64")),
            "targets": List(List(Value("int64"))),
            "length": Value("int64"),
        }
    )

    def __init__(
        self,
        seq2seq: Seq2Seq,
        categories: Sequence[str],
        max_source_tokens: int,
        max_target_tokens: int,
        fields: Sequence[FieldName],
    ) -> None:
        self._categories = frozenset(categories)
        self._fields = tuple(fields)
        self._markers = seq2seq.markers
        self._eos_id = seq2seq.eos_id
        self._max_target_tokens = seq2seq.target_limit(max_target_tokens)
        self._builder = WritingInputBuilder(
            seq2seq.tokenizer,
            seq2seq.markers,
            seq2seq.eos_id,
            seq2seq.source_limit(max_source_tokens),
        )

    def __call__(self, record: TrainingRecord, /) -> dict[str, Any]:
        """One example: `input_ids`, `targets` with a list per field, and `length`, source tokens.

        An empty target is a row that is not learned.
        """
        item = self._builder.build(record.input)
        texts = record.output.by_field()
        targets = [self._target(item, field, texts[field]) for field in self._fields]
        environment = FieldName.ENVIRONMENT
        if environment in self._fields and format_environment(record.input.env) is not None:
            # The answer formats `env`, and asks the model only where it says nothing.
            targets[self._fields.index(environment)] = []
        return {
            "input_ids": list(item.input_ids),
            "targets": targets,
            "length": item.token_count,
        }

    def _target(self, item: WritingInput, field: FieldName, text: str) -> list[int]:
        eos_id = self._eos_id
        if text == NOT_STATED:
            return [eos_id]
        if field is FieldName.BUG_CATEGORY and self._categories:
            if text not in self._categories:
                return []
            return [*self._builder.encode([text])[0], eos_id]
        match = best_match(text, item.segments, field)
        if match is not None and match.score >= SAME:
            return [self._markers.sentences[match.index], eos_id]
        # A text that is cut ends without the end token: that it ends there is not to be learned.
        return [*self._builder.encode([text])[0], eos_id][: self._max_target_tokens]
