"""The generate engine: any encoder-decoder model, through transformers' own decoding loop."""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList
from transformers.modeling_outputs import BaseModelOutput

from schemas.manifest import ModelManifest
from summarizer.decoding import Constraints, RowAnswer
from summarizer.engine import OneShotEngine, Prediction
from summarizer.engines.seq2seq import Seq2SeqEngine, errors_of, text_tokens
from summarizer.seq2seq import PREFIX_TOKENS, Seq2Seq, load_seq2seq
from summarizer.writing_input import WritingInput


class GenerateEngine(Seq2SeqEngine, OneShotEngine[WritingInput]):
    """Writes and points with BART, Pegasus and whatever else `generate` runs.

    Satisfies `summarizer.engine.Engine`.
    """

    def __init__(self, seq2seq: Seq2Seq, manifest: ModelManifest, device: torch.device) -> None:
        super().__init__(seq2seq, manifest)
        self._model = seq2seq.model.to(device).eval()
        self._device = device
        self._text_tokens = text_tokens(seq2seq)

    @classmethod
    def load(cls, folder: Path, manifest: ModelManifest, device: torch.device) -> "GenerateEngine":
        """Read weights and tokenizer from a checked model folder."""
        with errors_of(folder):
            return cls(load_seq2seq(folder), manifest, device)

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
        output = self._model.generate(
            encoder_outputs=BaseModelOutput(last_hidden_state=encoder_states),
            attention_mask=encoder_mask,
            decoder_input_ids=prefixes,
            logits_processor=LogitsProcessorList([_Constrained(constraints)]),
            generation_config=GenerationConfig(  # type: ignore[no-untyped-call]
                do_sample=False,
                num_beams=1,
                max_new_tokens=constraints.max_tokens,
                output_scores=True,
                return_dict_in_generate=True,
            ),
        )
        chosen = output.sequences[:, PREFIX_TOKENS:]
        steps = [scores.log_softmax(-1) for scores in output.scores]
        log_probabilities = torch.stack(steps, dim=1).gather(2, chosen[:, :, None])[:, :, 0]
        return [
            rules.answer(tokens, values)
            for rules, tokens, values in zip(
                constraints.rules, chosen.tolist(), log_probabilities.tolist(), strict=True
            )
        ]


class _Constrained(LogitsProcessor):
    def __init__(self, constraints: Constraints) -> None:
        self._constraints = constraints

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return self._constraints.constrain(scores, input_ids[:, PREFIX_TOKENS:].tolist())
