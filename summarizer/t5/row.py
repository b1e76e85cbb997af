"""One field of one report while it is decoded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from summarizer.decoding import RowAnswer, RowRules
from summarizer.t5.choosing import Choice, Question
from summarizer.t5.guessing import Guesser


@dataclass(slots=True)
class Row:
    """Its answer begins once the `prefix` has been fed.

    `age` counts the tokens that the model has been fed and that are known to be right. `guesses`
    are the tokens that are fed behind the next one to be verified.
    """

    rules: RowRules
    prefix: Sequence[int]
    guesser: Guesser | None
    age: int = 0
    tokens: list[int] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)
    guesses: list[int] = field(default_factory=list)
    finished: bool = False

    @property
    def next_token(self) -> int:
        """What is fed first."""
        return self.prefix[self.age] if self.age < len(self.prefix) else self.tokens[-1]

    def guess(self, most: int) -> None:
        """Guess what follows the next token, up to so many tokens and within the row's limit."""
        room = self.rules.text_limit - len(self.tokens) - 1
        speaks = bool(self.tokens) and self.rules.choices is None and self.guesser is not None
        self.guesses = self.guesser.guess(min(most, room)) if speaks and self.guesser else []

    @property
    def speaks(self) -> bool:
        """Whether the next step ends the prefix, or goes beyond it."""
        return self.age + 1 >= len(self.prefix)

    def question(self, number: int) -> Question:
        """What the model is asked after the next token and so many guesses."""
        return Question(self.rules, self.tokens, len(self.tokens) + number)

    def take(self, choices: Sequence[Choice]) -> None:
        """Say the tokens that were chosen, up to the first that a guess had wrong.

        There is one choice after each token that was fed, or none within the prefix.
        """
        self.age += 1
        right = 0
        for number, (token, log_probability) in enumerate(choices):
            self._say(token, log_probability)
            if self.finished or number == len(self.guesses) or token != self.guesses[number]:
                break
            right += 1
            self.age += 1
        if self.guesser is not None:
            self.guesser.learn(len(self.guesses), right)

    def answer(self) -> RowAnswer:
        """What a finished row said."""
        return self.rules.answer(self.tokens, self.log_probabilities)

    def _say(self, token: int, log_probability: float) -> None:
        self.tokens.append(token)
        self.log_probabilities.append(log_probability)
        self.finished = self.rules.is_finished(self.tokens)
        if self.guesser is not None:
            self.guesser.hear(token)
