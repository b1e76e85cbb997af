"""The next token of each row: the projection over the tokens that a row can say, and the likeliest.

Rows that choose among the categories are projected on the tokens of the categories only; all others
on the tokens of ordinary text, and in their first step on the markers of their source's sentences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from summarizer.decoding import Choices, RowRules
from summarizer.t5.weights import T5

_BLOCK = 64
"""Columns of which the largest is found first; finding where it is in all of them is slow."""


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


class Chooser:
    """Chooses greedily, alike for each row whatever rows are beside it.

    `text` are the tokens of ordinary text and the end token; a row's markers are the first of
    `markers`, and its choices, where it has any, are `choices`.
    """

    def __init__(
        self, model: T5, text: Sequence[int], markers: Sequence[int], choices: Choices | None
    ) -> None:
        self._device = model.embedding.device
        self._epsilon = model.epsilon
        self._text_count = len(text)
        tokens = [*text, *markers]
        # Repeated tokens fill the last block; they are masked as markers of no source are.
        tokens += tokens[:1] * (-len(tokens) % _BLOCK)
        self._tokens = torch.tensor(tokens)
        self._head = model.head(tokens)
        self._ranks = torch.arange(len(tokens) - len(text), device=self._device)
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
        scores = self._head.normed(states, self._epsilon)
        markers = [0 if one.said else len(one.rules.markers) for one in questions]
        barred = self._ranks >= torch.tensor(markers, device=self._device)[:, None]
        scores[:, self._text_count :].masked_fill_(barred, -torch.inf)
        columns, log_probabilities = _likeliest(_tempered(scores, questions))
        tokens = self._tokens[columns.cpu()].tolist()
        return list(zip(tokens, log_probabilities.tolist(), strict=True))

    def _choose(self, states: Tensor, questions: Sequence[Question]) -> list[Choice]:
        if self._choice_head is None:
            raise ValueError("a row has choices, but none were given to this chooser")
        scores = self._choice_head.normed(states, self._epsilon)
        allowed = [set(one.rules.next_choices(one.tokens)) for one in questions]
        barred = [[token not in own for token in self._choice_tokens] for own in allowed]
        scores.masked_fill_(torch.tensor(barred, device=self._device), -torch.inf)
        best = _tempered(scores, questions).log_softmax(-1).max(-1)
        tokens = [self._choice_tokens[column] for column in best.indices.tolist()]
        return list(zip(tokens, best.values.tolist(), strict=True))


def _tempered(scores: Tensor, questions: Sequence[Question]) -> Tensor:
    temperatures = [one.rules.temperature for one in questions]
    if all(temperature == 1.0 for temperature in temperatures):
        return scores
    return scores.div_(torch.tensor(temperatures, device=scores.device)[:, None])


def _likeliest(scores: Tensor) -> tuple[Tensor, Tensor]:
    """The column of the largest score of each row, and its log probability."""
    blocks = scores.view(len(scores), -1, _BLOCK)
    block = blocks.amax(-1).argmax(-1)
    places = torch.arange(len(scores), device=scores.device)
    within = blocks[places, block].argmax(-1)
    return block * _BLOCK + within, scores.softmax(-1).amax(-1).log()
