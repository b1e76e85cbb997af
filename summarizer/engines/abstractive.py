"""The abstractive engine: T5-family models, decoded step by step with a key/value cache."""

import torch

from summarizer.decoding import Constraints, RowAnswer
from summarizer.engines.seq2seq import Seq2SeqEngine


class AbstractiveEngine(Seq2SeqEngine):
    """Writes and points with a T5, mT5 or umT5 model.

    T5 knows positions by distance only, and all rows begin together, so that no padding enters
    the decoder.
    """

    def _decode(
        self,
        encoder_states: torch.Tensor,
        encoder_mask: torch.Tensor,
        prefixes: torch.Tensor,
        constraints: Constraints,
    ) -> list[RowAnswer]:
        rows = len(constraints.rules)
        tokens: list[list[int]] = [[] for _ in range(rows)]
        log_probabilities: list[list[float]] = [[] for _ in range(rows)]
        step_ids, cache = prefixes, None
        # A finished row says end tokens until the longest one is done.
        while not all(constraints.is_finished(row, said) for row, said in enumerate(tokens)):
            output = self._model(
                encoder_outputs=(encoder_states,),
                attention_mask=encoder_mask,
                decoder_input_ids=step_ids,
                past_key_values=cache,
                use_cache=True,
            )
            cache = output.past_key_values
            scores = constraints.constrain(output.logits[:, -1], tokens).log_softmax(-1)
            best = scores.max(-1)
            step_ids = best.indices[:, None]
            for row, (token, value) in enumerate(
                zip(best.indices.tolist(), best.values.tolist(), strict=True)
            ):
                tokens[row].append(token)
                log_probabilities[row].append(value)
        return [constraints.answer(row, tokens[row], log_probabilities[row]) for row in range(rows)]
