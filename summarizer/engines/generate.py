"""The generate engine: any encoder-decoder model, through transformers' own decoding loop."""

import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList
from transformers.modeling_outputs import BaseModelOutput

from summarizer.decoding import Constraints, RowAnswer
from summarizer.engines.seq2seq import Seq2SeqEngine
from summarizer.seq2seq import PREFIX_TOKENS


class GenerateEngine(Seq2SeqEngine):
    """Writes and points with BART, Pegasus and whatever else `generate` runs."""

    def _decode(
        self,
        encoder_states: torch.Tensor,
        encoder_mask: torch.Tensor,
        prefixes: torch.Tensor,
        constraints: Constraints,
    ) -> list[RowAnswer]:
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
            constraints.answer(row, tokens, values)
            for row, (tokens, values) in enumerate(
                zip(chosen.tolist(), log_probabilities.tolist(), strict=True)
            )
        ]


class _Constrained(LogitsProcessor):
    def __init__(self, constraints: Constraints) -> None:
        self._constraints = constraints

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return self._constraints.constrain(scores, input_ids[:, PREFIX_TOKENS:].tolist())
