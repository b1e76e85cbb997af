"""The training task of seq2seq models: to point at a sentence, or to write.

One example is one report with one row per field. What a row should say is what the engines let it
say: a sentence marker, a category, a text, or nothing where the field is not stated.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from schemas.errors import TrainingError
from schemas.manifest import ModelManifest
from schemas.summary import FieldName
from summarizer.folder import T5_MODEL_TYPES, write_manifest
from summarizer.seq2seq import Seq2Seq, load_seq2seq
from training.learning.dropout import set_dropout
from training.learning.field_rows import IGNORED, FieldRows, Row
from training.learning.lora import add_adapters, merged_weights
from training.learning.task import Example, Judged
from training.learning.writing_encoder import WritingEncoder
from training.options import TrainingOptions
from training.vocabulary import require_vocabulary

_INNER = "seq2seq."
"""How the names of the model's weights begin in `FieldRows`."""


class WritingTask:
    """A seq2seq model that learns to point and to write. Satisfies `Task`."""

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
        self.model = FieldRows(
            seq2seq.model,
            packs=seq2seq.model.config.model_type in T5_MODEL_TYPES,
            label_smoothing=label_smoothing,
        )
        self._seq2seq = seq2seq
        self._fields = tuple(fields)
        self._numbers = [list(FieldName).index(field) for field in fields]
        self.encode = WritingEncoder(
            seq2seq.without_model(), categories, max_source_tokens, max_target_tokens, self._fields
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
        require_vocabulary(seq2seq.tokenizer, options.model)
        on_cpu = options.no_cuda or not torch.cuda.is_available()
        if on_cpu and config["model_type"] in T5_MODEL_TYPES:
            # T5's distances rule out the fused attention of CPUs; what takes its place is slower.
            seq2seq.model.set_attn_implementation("eager")
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

    def collate(self, examples: Sequence[Example]) -> dict[str, torch.Tensor]:
        """A padded batch, as `FieldRows.forward` takes it, and `field_of_row`, by `FieldName`."""
        sources = (len(examples), max(len(example["input_ids"]) for example in examples))
        input_ids = torch.full(sources, self._seq2seq.pad_id, dtype=torch.long)
        attention_mask = torch.zeros(sources, dtype=torch.long)
        for index, example in enumerate(examples):
            source = example["input_ids"]
            input_ids[index, : len(source)] = torch.tensor(source)
            attention_mask[index, : len(source)] = 1
        rows = [self._rows(example["targets"]) for example in examples]
        return {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "field_of_row": torch.tensor(
                [
                    at
                    for example in examples
                    for at, target in zip(self._numbers, example["targets"], strict=True)
                    if target
                ],
                dtype=torch.long,
            ),
            **self.model.lay_out(rows, self._seq2seq.pad_id),
        }

    def _rows(self, targets: Sequence[Sequence[int]]) -> list[Row]:
        """A row begins with the start token and the field's marker; its last token is not read."""
        return [
            Row(
                read=[self._seq2seq.start_id, self._seq2seq.markers.fields[field], *target[:-1]],
                labels=[IGNORED, *target],
            )
            for field, target in zip(self._fields, targets, strict=True)
            if target
        ]

    def loss(self, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The mean loss of a batch."""
        loss: torch.Tensor = self._score(batch)[0]
        return loss

    def judge(self, batch: Mapping[str, torch.Tensor]) -> Judged:
        """The loss of a batch, and which rows are right."""
        loss, right = self._score(batch)
        fields, count = batch["field_of_row"], len(FieldName)
        return Judged(
            loss,
            torch.bincount(fields[right], minlength=count),
            torch.bincount(fields, minlength=count),
        )

    def _score(self, batch: Mapping[str, torch.Tensor]) -> Any:
        return self.model(**{name: batch[name] for name in batch if name != "field_of_row"})

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
