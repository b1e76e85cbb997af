"""Guessed tokens: where they come from, and that they save steps and change nothing."""

from pathlib import Path

import pytest
import torch

from schemas.report import ReportInput
from schemas.summary import FieldName
from summarizer.decoding import RowRules
from summarizer.engine import FieldPrediction
from summarizer.engines.abstractive import AbstractiveEngine
from summarizer.t5.guessing import Guesser, Places
from summarizer.t5.row import Row
from tests.tiny_models import make_t5
from tests.unit.test_seq2seq_engines import load_stepwise, prefer

EOS = 1


def guesser(source: list[int], said: list[int]) -> Guesser:
    made = Guesser(Places(source))
    for token in said:
        made.hear(token)
    return made


@pytest.mark.parametrize(
    ("source", "said", "most", "guess"),
    [
        pytest.param([5, 6, 7, 8, 9], [5, 6], 2, [7, 8], id="what follows in the source"),
        pytest.param([5, 6, 7, 5, 6, 8], [5, 6], 1, [8], id="the last place counts"),
        pytest.param([2, 3], [5, 6, 7, 5, 6], 2, [7, 5], id="or earlier in the row"),
        pytest.param([2, 3], [4, 4, 4], 3, [4, 4, 4], id="a token that is repeated"),
        pytest.param([2, 3], [4, 5, 4, 5], 3, [4, 5, 4], id="a pair that is repeated"),
        pytest.param([5, 6], [5, 6], 3, [], id="nothing follows"),
        pytest.param([5, 6, 7], [6], 3, [], id="one token is no place"),
        pytest.param([5, 6, 7], [5, 6], 0, [], id="no room"),
        pytest.param([5, 6, 7], [7, 8], 3, [], id="no such place"),
    ],
)
def test_guesses(source: list[int], said: list[int], most: int, guess: list[int]) -> None:
    assert guesser(source, said).guess(most) == guess


def test_guesses_that_are_right_grow_and_wrong_ones_shrink() -> None:
    made = guesser(list(range(2, 60)), [10, 11])
    assert len(made.guess(50)) == 3
    made.learn(3, right=3)
    assert len(made.guess(50)) == 6
    made.learn(6, right=0)
    assert len(made.guess(50)) == 1
    made.learn(0, right=0)
    assert len(made.guess(50)) == 1


def row(guesses: list[int], limit: int = 10) -> Row:
    made = Row(RowRules((), limit, EOS), (0, 3), Guesser(Places()), age=4, tokens=[7, 8, 9])
    made.fed = [9, *guesses]
    return made


@pytest.mark.parametrize(
    ("guesses", "chosen", "said"),
    [
        pytest.param([], [5], [5], id="no guess"),
        pytest.param([5, 6], [5, 6, 4], [5, 6, 4], id="all right, and one more"),
        pytest.param([5, 6], [5, 2, 4], [5, 2], id="the second is wrong"),
        pytest.param([5, 6], [2, 6, 4], [2], id="the first is wrong"),
        pytest.param([EOS, 6], [EOS, 6, 4], [EOS], id="nothing after the end"),
    ],
)
def test_a_row_says_what_was_chosen_and_never_what_was_guessed(
    guesses: list[int], chosen: list[int], said: list[int]
) -> None:
    one = row(guesses)
    one.take([(token, -0.5) for token in chosen])
    assert one.tokens == [7, 8, 9, *said]
    assert one.log_probabilities == [-0.5] * len(said)
    assert one.age == 4 + len(said)
    assert one.finished == (said[-1] == EOS)


def test_a_row_does_not_guess_beyond_its_limit() -> None:
    one = Row(RowRules((), 5, EOS), (0, 3), guesser([7, 8, 9, 10], [7, 8]), age=3, tokens=[7, 8])
    one.plan(7, whole_prefix=True)
    assert one.fed == [8, 9, 10]
    one.rules = RowRules((), 4, EOS)
    one.plan(7, whole_prefix=True)
    assert one.fed == [8, 9]


@pytest.mark.parametrize(("whole", "steps"), [(True, [[0, 3]]), (False, [[0], [3]])])
def test_a_row_answers_after_its_prefix_however_that_is_fed(
    whole: bool, steps: list[list[int]]
) -> None:
    one = Row(RowRules((), 5, EOS), (0, 3), None)
    fed = []
    while one.begins:
        one.plan(7, whole_prefix=whole)
        fed.append(one.fed)
        one.take([(9, -0.5)] * (len(one.fed) - one.silent))
    assert (fed, one.age, one.tokens) == (steps, 2, [9])


@pytest.fixture
def engine(tmp_path: Path) -> AbstractiveEngine:
    torch.set_num_threads(1)
    engine = load_stepwise(make_t5, tmp_path, max_target_tokens=24)
    prefer(engine, engine._builder.encode(["The"])[0][0])
    return engine


def answered(engine: AbstractiveEngine) -> tuple[dict[FieldName, FieldPrediction], int]:
    engine.admit({0: engine.prepare(ReportInput(description="The app crashes."))})
    said: dict[FieldName, FieldPrediction] = {}
    steps = 0
    while engine.live_rows:
        steps += 1
        for each in engine.step():
            said.update(each.fields)
    return said, steps


def test_guessing_saves_steps_and_changes_no_answer(engine: AbstractiveEngine) -> None:
    with_guesses, few = answered(engine)
    engine.guessing_tokens = 0
    without, many = answered(engine)
    assert with_guesses == without
    assert many == 24
    assert few < many / 2
