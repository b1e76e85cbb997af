"""Guesses of the tokens that a row says next, to be verified several in one step.

Most of what is written stands in the source. Where the last two tokens of a row have a place there,
or earlier in the row, the tokens behind that place are a good guess; a row that repeats itself is
guessed to go on. A guess that is wrong costs
time and changes nothing: the model is asked about each token all the same.
"""

from collections.abc import Sequence

_MOST = 7
_FIRST = 3


class Places:
    """Where pairs of neighbouring tokens stand in a text that may grow."""

    def __init__(self, tokens: Sequence[int] = ()) -> None:
        self._tokens: list[int] = []
        self._after: dict[tuple[int, int], int] = {}
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Let the text grow. A pair is known once something follows it."""
        if len(self._tokens) >= 2:
            self._after[self._tokens[-2], self._tokens[-1]] = len(self._tokens)
        self._tokens.append(token)

    def behind(self, pair: tuple[int, int], most: int) -> list[int]:
        """The tokens behind the last place of a pair; none where it has no place."""
        place = self._after.get(pair)
        return [] if place is None else self._tokens[place : place + most]

    def continued(self, pair: tuple[int, int], most: int) -> list[int]:
        """The same for a text that ends in the pair: what follows its end is the guess itself."""
        place = self._after.get(pair)
        if place is None:
            return []
        period = self._tokens[place:]
        return [period[number % len(period)] for number in range(most)]


class Guesser:
    """Guesses for one row, as many tokens as its last guesses have earned."""

    def __init__(self, source: Places) -> None:
        self._source = source
        self._said: list[int] = []
        self._own = Places()
        self._trust = _FIRST

    def hear(self, token: int) -> None:
        """Take note of what the row says."""
        self._said.append(token)
        self._own.add(token)

    def guess(self, most: int) -> list[int]:
        """At most so many tokens that may come next."""
        if len(self._said) < 2:
            return []
        pair = (self._said[-2], self._said[-1])
        wanted = min(most, self._trust)
        return self._source.behind(pair, wanted) or self._own.continued(pair, wanted)

    def learn(self, guessed: int, right: int) -> None:
        """Trust a guess that was right twice as far, and one that was wrong half as far."""
        if guessed:
            self._trust = min(_MOST, 2 * self._trust) if right == guessed else max(1, right)
