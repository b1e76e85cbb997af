"""What the rows of a seq2seq decoder may say, and how sure an answer is.

One row is one field of one report. Its answer is one of four:

- a sentence marker that stands in the source: it is the whole answer;
- a text of ordinary tokens, up to the end token or the row's limit;
- one of the row's choices, where it has any: nothing else can then be said;
- the end token at once: the report does not state the field.

Decoding is greedy over the softmax of the allowed tokens. Nothing here knows of reports or of the
model that gives the scores.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch


class Choices:
    """A closed set of answers as a trie of their tokens.

    A text without tokens, or two texts of the same tokens, raise ValueError: no row could say
    them.
    """

    def __init__(self, token_ids: Mapping[str, Sequence[int]], eos_id: int) -> None:
        self._text_of: dict[tuple[int, ...], str] = {}
        self._next: dict[tuple[int, ...], set[int]] = {(): {eos_id}}
        for text, ids in token_ids.items():
            tokens = tuple(ids)
            if not tokens or tokens in self._text_of:
                raise ValueError(
                    f"the tokenizer cannot tell the choice {text!r} from another or from nothing"
                )
            self._text_of[tokens] = text
            for end, token in enumerate((*tokens, eos_id)):
                self._next.setdefault(tokens[:end], set()).add(token)
        self.max_tokens = 1 + max(map(len, self._text_of), default=0)

    @property
    def token_ids(self) -> list[int]:
        """Every token of a choice, and the end token."""
        return sorted(set().union(*self._next.values()))

    def next_ids(self, prefix: Sequence[int]) -> list[int]:
        """What may follow an unfinished prefix."""
        return sorted(self._next[tuple(prefix)])

    def text(self, tokens: Sequence[int]) -> str:
        """The choice that these tokens are, without the end token."""
        return self._text_of[tuple(tokens)]


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """The tokens of an answer without the end token, and its confidence, 0 to 1."""

    tokens: tuple[int, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class RowRules:
    """What one row may say.

    `markers` are the sentence markers in its source. `text_limit` bounds a text, the end token
    counted. Scores are divided by `temperature` before they become probabilities.
    """

    markers: tuple[int, ...]
    text_limit: int
    eos_id: int
    choices: Choices | None = None
    temperature: float = 1.0

    @property
    def max_tokens(self) -> int:
        """The longest answer, the end token counted."""
        return self.choices.max_tokens if self.choices else self.text_limit

    def next_choices(self, tokens: Sequence[int]) -> list[int]:
        """What may follow the tokens of an unfinished row that has choices."""
        if self.choices is None:
            raise ValueError("the row has no choices")
        return self.choices.next_ids(tokens)

    def is_finished(self, tokens: Sequence[int]) -> bool:
        """Whether these tokens are, or begin with, a whole answer."""
        if self.eos_id in tokens:
            return True
        if self.choices is not None or not tokens:
            return False
        return tokens[0] in self.markers or len(tokens) >= self.text_limit

    def answer(self, tokens: Sequence[int], log_probabilities: Sequence[float]) -> RowAnswer:
        """What a row said, whatever it was given to say after its end.

        The confidence of a marker, of a choice and of "not stated" is the product of its tokens'
        probabilities: the probability of the answer. That of a text is their geometric mean, the
        end token included, so that a long text is not doubted for its length.
        """
        length = next(end for end in range(1, len(tokens) + 1) if self.is_finished(tokens[:end]))
        said = tuple(token for token in tokens[:length] if token != self.eos_id)
        is_text = self.choices is None and bool(said) and said[0] not in self.markers
        total = math.fsum(log_probabilities[:length])
        return RowAnswer(said, min(1.0, math.exp(total / length if is_text else total)))


class Constraints:
    """The rules of all rows of one batch, for a decoding loop over the whole vocabulary.

    `text_tokens` has one boolean per row of the vocabulary: what a text may be made of.
    """

    def __init__(self, rules: Sequence[RowRules], text_tokens: torch.Tensor, eos_id: int) -> None:
        self.rules = list(rules)
        self._eos_id = eos_id
        self._text = text_tokens.cpu().clone()
        self._text[eos_id] = True
        self._temperatures = torch.tensor([[rule.temperature] for rule in rules])

    @property
    def max_tokens(self) -> int:
        """After so many tokens every row is finished."""
        return max(rule.max_tokens for rule in self.rules)

    def constrain(self, scores: torch.Tensor, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Scores `[rows, vocabulary]` in float32, -inf for what may not follow the row's tokens.

        A finished row may only say the end token.
        """
        allowed = torch.zeros(scores.shape, dtype=torch.bool)
        for row, said in enumerate(tokens):
            rule = self.rules[row]
            if rule.is_finished(said):
                allowed[row, self._eos_id] = True
            elif rule.choices is not None:
                allowed[row, rule.choices.next_ids(said)] = True
            else:
                allowed[row] = self._text
                if not said:
                    allowed[row, list(rule.markers)] = True
        scaled = scores.float() / self._temperatures.to(scores.device)
        return scaled.masked_fill(~allowed.to(scores.device), -math.inf)
