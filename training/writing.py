"""The training task of seq2seq models: to point at a sentence, or to write.

One example is one report with one row per field. What a row should say is what the engines let it
say: a sentence marker, a category, a text, or nothing where the field is not stated.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from torch.nn import functional

from schemas.errors import TrainingError
from schemas.manifest import ModelManifest
from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, FieldName
from summarizer.environment import format_environment
from summarizer.folder import write_manifest
from summarizer.seq2seq import Seq2Seq, load_seq2seq
from summarizer.writing_input import WritingInput, WritingInputBuilder
from training.dropout import set_dropout
from training.lora import add_adapters, merged_weights
from training.matching import SAME, best_match
from training.options import TrainingOptions
from training.task import Example

_INNER = "seq2seq."
"""How the names of the model's weights begin in `FieldRows`."""
IGNORED = -100
"""The label of a position that is not learned."""


class FieldRows(torch.nn.Module):
    """A seq2seq model whose decoder reads several rows for each source.

    All of it is one `forward`, as distributed training needs it.
    """

    def __init__(self, seq2seq: torch.nn.Module, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self.seq2seq: Any = seq2seq
        self._label_smoothing = label_smoothing

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        decoder_input_ids: torch.Tensor,
        labels: torch.Tensor,
    ) -> torch.Tensor:
        """The loss of a batch: cross-entropy, averaged over the tokens of a row, then over rows.

        Sources are `[reports, source]`, decoder inputs and labels `[reports, fields, target]`. A
        row without labels is not decoded.
        """
        fields = decoder_input_ids.shape[1]
        decoder_input_ids, labels = decoder_input_ids.flatten(0, 1), labels.flatten(0, 1)
        learned = (labels != IGNORED).any(1)
        # The first row always stays, so that no batch is empty.
        kept = learned.clone()
        kept[0] = True
        states = self.seq2seq.get_encoder()(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        labels = labels[kept]
        logits = self.seq2seq(
            encoder_outputs=(states.repeat_interleave(fields, dim=0)[kept],),
            attention_mask=attention_mask.repeat_interleave(fields, dim=0)[kept],
            decoder_input_ids=decoder_input_ids[kept],
            use_cache=False,
        ).logits
        by_token = functional.cross_entropy(
            logits.flatten(0, 1).float(),
            labels.flatten(),
            ignore_index=IGNORED,
            reduction="none",
            label_smoothing=self._label_smoothing,
        ).view(labels.shape)
        by_row = by_token.sum(1) / (labels != IGNORED).sum(1).clamp(min=1)
        return by_row.sum() / learned.sum().clamp(min=1)


class WritingTask:
    """A seq2seq model that learns to point and to write. Satisfies `training.task.Task`."""

    def __init__(
        self,
        seq2seq: Seq2Seq,
        categories: Sequence[str],
        *,
        max_source_tokens: int = 512,
        max_target_tokens: int = 64,
        fields: Sequence[FieldName] = tuple(FieldName),
        label_smoothing: float = 0.0,
    ) -> None:
        self.model: torch.nn.Module = FieldRows(seq2seq.model, label_smoothing)
        self._seq2seq = seq2seq
        self._categories = frozenset(categories)
        self._fields = tuple(fields)
        self._max_target_tokens = seq2seq.target_limit(max_target_tokens)
        self._builder = WritingInputBuilder(
            seq2seq.tokenizer,
            seq2seq.markers,
            seq2seq.eos_id,
            seq2seq.source_limit(max_source_tokens),
        )

    @classmethod
    def from_pretrained(
        cls, options: TrainingOptions, config: dict[str, Any], categories: Sequence[str]
    ) -> Self:
        """Start from a folder, or from a model of the hub by its name."""
        if options.frozen_layers:
            raise TrainingError(
                f"model {options.model}: `{config['model_type']}` learns to write with all its "
                "layers; set frozen_layers to 0"
            )
        folder = Path(options.model)
        seq2seq = load_seq2seq(folder if folder.is_dir() else options.model)
        if options.lora_rank:
            add_adapters(seq2seq.model, options)
            if len(seq2seq.tokenizer) > config.get("vocab_size", 0):
                # The rows of markers that were added begin without a meaning.
                seq2seq.model.get_input_embeddings().requires_grad_(True)
        set_dropout(seq2seq.model, options.dropout)
        return cls(
            seq2seq,
            categories,
            max_source_tokens=options.max_source_tokens,
            max_target_tokens=options.max_target_tokens,
            label_smoothing=options.label_smoothing,
        )

    def encode(self, record: TrainingRecord) -> dict[str, Any]:
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

    def collate(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """A padded batch, as `FieldRows.forward` takes it."""
        longest_source = max(len(example["input_ids"]) for example in examples)
        # A row begins with the start token and the field's marker, and its last token is only
        # predicted, never read.
        longest_row = 1 + max(len(target) for example in examples for target in example["targets"])
        longest_row = max(longest_row, 2)
        sources = (len(examples), longest_source)
        rows = (len(examples), len(self._fields), longest_row)
        input_ids = torch.full(sources, self._seq2seq.pad_id, dtype=torch.long)
        attention_mask = torch.zeros(sources, dtype=torch.long)
        decoder_input_ids = torch.full(rows, self._seq2seq.pad_id, dtype=torch.long)
        labels = torch.full(rows, IGNORED, dtype=torch.long)
        for index, example in enumerate(examples):
            source = example["input_ids"]
            input_ids[index, : len(source)] = torch.tensor(source)
            attention_mask[index, : len(source)] = 1
            for row, (field, target) in enumerate(
                zip(self._fields, example["targets"], strict=True)
            ):
                read = [self._seq2seq.start_id, self._seq2seq.markers.fields[field], *target[:-1]]
                decoder_input_ids[index, row, : len(read)] = torch.tensor(read)
                labels[index, row, 1 : 1 + len(target)] = torch.tensor(target, dtype=torch.long)
        return {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "decoder_input_ids": decoder_input_ids,
            "labels": labels,
        }

    def loss(self, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The mean loss of a batch."""
        loss: torch.Tensor = self.model(**batch)
        return loss

    def save(
        self,
        folder: Path,
        manifest: ModelManifest,
        weights: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        """Write a model folder that the engines load."""
        whole = self.model.state_dict() if weights is None else weights
        model = self._seq2seq.model
        inner = {name.removeprefix(_INNER): tensor for name, tensor in whole.items()}
        model.save_pretrained(folder, state_dict=merged_weights(model, inner))
        self._seq2seq.tokenizer.save_pretrained(folder)
        write_manifest(folder, manifest)

    def _target(self, item: WritingInput, field: FieldName, text: str) -> list[int]:
        eos_id = self._seq2seq.eos_id
        if text == NOT_STATED:
            return [eos_id]
        if field is FieldName.BUG_CATEGORY and self._categories:
            if text not in self._categories:
                return []
            return [*self._builder.encode([text])[0], eos_id]
        match = best_match(text, item.segments, field)
        if match is not None and match.score >= SAME:
            return [self._seq2seq.markers.sentences[match.index], eos_id]
        # A text that is cut ends without the end token: that it ends there is not to be learned.
        return [*self._builder.encode([text])[0], eos_id][: self._max_target_tokens]
