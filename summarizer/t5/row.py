"""One field of one report while it is decoded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from summarizer.decoding import RowAnswer, RowRules
from summarizer.t5.choosing import Choice, Question
from summarizer.t5.guessing import Guesser


@dataclass(slots=True)
class Row:
    """Its answer begins once the `prefix` has been fed.

    `age` counts the tokens that the model has been fed and that are known to be right. `fed` are
    those of the next step: one that is known, more of the prefix, or guesses to be verified.
    """

    rules: RowRules
    prefix: Sequence[int]
    guesser: Guesser | None
    age: int = 0
    tokens: list[int] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)
    fed: list[int] = field(default_factory=list)
    finished: bool = False

    @property
    def begins(self) -> bool:
        """Whether the prefix is still to be fed, or its end."""
        return self.age < len(self.prefix)

    @property
    def silent(self) -> int:
        """After so many of the tokens of the next step it says nothing: the prefix goes on."""
        return min(len(self.fed), max(0, len(self.prefix) - 1 - self.age))

    def plan(self, guesses: int, *, whole_prefix: bool) -> None:
        """Choose what is fed next: with so many guesses at most, within the row's limit."""
        if self.begins:
            self.fed = list(
                self.prefix[self.age :] if whole_prefix else self.prefix[self.age :][:1]
            )
            return
        room = self.rules.text_limit - len(self.tokens) - 1
        guesser = self.guesser if self.rules.choices is None else None
        self.fed = [self.tokens[-1], *(guesser.guess(min(guesses, room)) if guesser else [])]

    def question(self, number: int) -> Question:
        """What the model is asked after the token of this number in the step."""
        return Question(self.rules, self.tokens, self.age + number + 1 - len(self.prefix))

    def take(self, choices: Sequence[Choice]) -> None:
        """Say the tokens that were chosen, up to the first that a guess had wrong.

        There is one choice after each token that was fed, but for the silent ones.
        """
        guesses = self.fed[self.silent + 1 :]
        self.age += len(self.fed) - len(guesses)
        right = 0
        for number, (token, log_probability) in enumerate(choices):
            self._say(token, log_probability)
            if self.finished or number == len(guesses) or token != guesses[number]:
                break
            right += 1
            self.age += 1
        if self.guesser is not None:
            self.guesser.learn(len(guesses), right)

    def answer(self) -> RowAnswer:
        """What a finished row said."""
        return self.rules.answer(self.tokens, self.log_probabilities)

    def _say(self, token: int, log_probability: float) -> None:
        self.tokens.append(token)
        self.log_probabilities.append(log_probability)
        self.finished = self.rules.is_finished(self.tokens)
        if self.guesser is not None:
            self.guesser.hear(token)
