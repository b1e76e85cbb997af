"""The next token of each row: the projection over the tokens that a row can say, and the likeliest.

Rows that choose among the categories are projected on the tokens of the categories only; all others
on the tokens of ordinary text, and in their first step on the markers of their source's sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from summarizer.compiled import compiled
from summarizer.decoding import Choices, RowRules
from summarizer.linear import Linear
from summarizer.t5.weights import T5
from summarizer.workers import Workers

_BLOCK = 64
"""Columns of which the largest is found first; finding where it is in all of them is slow."""

_ROWS_A_THREAD = 8
"""Rows below which a thread more takes longer to begin than to compute."""


Choice = tuple[int, float]
"""A token and its log probability."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a row that follows these rules says after `said` tokens; `tokens` are known to it.

    Where the last tokens fed were guesses, `said` counts them, though they are not in `tokens`.
    """

    rules: RowRules
    tokens: Sequence[int]
    said: int


class Vocabulary(nn.Module):
    """The projection over ordinary text and, behind `text_count` columns, markers of some `ranks`.

    It can be compiled.
    """

    def __init__(self, head: Linear, text_count: int, ranks: Tensor, epsilon: float) -> None:
        super().__init__()
        self.head = head
        self.text_count = text_count
        self.ranks = ranks
        self.epsilon = epsilon

    def forward(
        self, states: Tensor, markers: Tensor, temperatures: Tensor, at_once: int = 8
    ) -> tuple[Tensor, Tensor]:
        """The likeliest column of each row, and its log probability.

        `states` are `[rows, width]`. Rows may say the first so many `markers`, `[rows]`, and their
        scores are divided by `temperatures`, `[rows]`. Of so many rows `at_once` the scores fit a
        thread's cache.
        """
        scores = self.head.normed(states, self.epsilon)
        columns: list[Tensor] = []
        log_probabilities: list[Tensor] = []
        for start in range(0, len(states), at_once):
            rows = slice(start, start + at_once)
            column, log_probability = self._best(scores[rows], markers[rows], temperatures[rows])
            columns.append(column)
            log_probabilities.append(log_probability)
        return torch.cat(columns), torch.cat(log_probabilities)

    def _best(
        self, scores: Tensor, markers: Tensor, temperatures: Tensor, block: int = _BLOCK
    ) -> tuple[Tensor, Tensor]:
        barred = self.ranks >= markers[:, None]
        scores[:, self.text_count :].masked_fill_(barred, -torch.inf)
        scores.div_(temperatures[:, None])
        blocks = scores.view(len(scores), -1, block)
        best = blocks.amax(-1).argmax(-1)
        places = torch.arange(len(scores), device=scores.device)
        within = blocks[places, best].argmax(-1)
        return best * block + within, scores.softmax(-1).amax(-1).log()


class Chooser:
    """Chooses greedily, alike for each row whatever rows are beside it.

    `text` are the tokens of ordinary text and the end token; a row's markers are the first of
    `markers`, and its choices, where it has any, are `choices`.
    """

    def __init__(
        self,
        model: T5,
        text: Sequence[int],
        markers: Sequence[int],
        choices: Choices | None,
        workers: Workers,
    ) -> None:
        self._device = model.embedding.device
        self._epsilon = model.epsilon
        self._workers = workers
        tokens = [*text, *markers]
        # Repeated tokens fill the last block; they are masked as markers of no source are.
        tokens += tokens[:1] * (-len(tokens) % _BLOCK)
        self._tokens = torch.tensor(tokens)
        ranks = torch.arange(len(tokens) - len(text), device=self._device)
        vocabulary = Vocabulary(model.head(tokens), len(text), ranks, model.epsilon)
        self._vocabulary = compiled(vocabulary, self._device)
        self._choice_tokens = choices.token_ids if choices else []
        self._choice_head = model.head(self._choice_tokens) if choices else None

    def __call__(self, states: Tensor, questions: Sequence[Question]) -> list[Choice]:
        """The likeliest tokens, given the decoder's last states `[questions, width]`."""
        chosen = [place for place, one in enumerate(questions) if one.rules.choices is not None]
        if not chosen:
            return self._write(states, questions)
        choices: list[Choice | None] = [None] * len(questions)
        taken = set(chosen)
        written = [place for place in range(len(questions)) if place not in taken]
        for places, answer in ((chosen, self._choose), (written, self._write)):
            if places:
                answers = answer(states[places], [questions[place] for place in places])
                for place, choice in zip(places, answers, strict=True):
                    choices[place] = choice
        return [choice for choice in choices if choice is not None]

    def _write(self, states: Tensor, questions: Sequence[Question]) -> list[Choice]:
        markers = [0 if one.said else len(one.rules.markers) for one in questions]
        inputs = (
            states,
            torch.tensor(markers, device=self._device),
            _temperatures(questions, self._device),
        )
        parts = max(1, min(self._workers.count, len(questions) // _ROWS_A_THREAD))
        shares = zip(*(each.tensor_split(parts) for each in inputs), strict=True)
        chosen = self._workers.run([partial(self._vocabulary, *share) for share in shares])
        columns, log_probabilities = map(torch.cat, zip(*chosen, strict=True))
        tokens = self._tokens[columns.cpu()].tolist()
        return list(zip(tokens, log_probabilities.tolist(), strict=True))

    def _choose(self, states: Tensor, questions: Sequence[Question]) -> list[Choice]:
        if self._choice_head is None:
            raise ValueError("a row has choices, but none were given to this chooser")
        scores = self._choice_head.normed(states, self._epsilon)
        allowed = [set(one.rules.next_choices(one.tokens)) for one in questions]
        barred = [[token not in own for token in self._choice_tokens] for own in allowed]
        scores.masked_fill_(torch.tensor(barred, device=self._device), -torch.inf)
        scores.div_(_temperatures(questions, self._device)[:, None])
        best = scores.log_softmax(-1).max(-1)
        tokens = [self._choice_tokens[column] for column in best.indices.tolist()]
        return list(zip(tokens, best.values.tolist(), strict=True))


def _temperatures(questions: Sequence[Question], device: torch.device) -> Tensor:
    return torch.tensor([one.rules.temperature for one in questions], device=device)
