"""The rules of decoding, on scores that the tests make up."""

import math

import pytest
import torch

from summarizer.decoding import Choices, Constraints, RowRules

EOS = 1
TEXT = [4, 5, 6, 7]
MARKERS = (10, 11)
SIZE = 12
CHOICES = Choices({"crash": [4], "crash on start": [4, 5], "hang": [6]}, EOS)


def constraints(*rules: RowRules) -> Constraints:
    text = torch.zeros(SIZE, dtype=torch.bool)
    text[TEXT] = True
    return Constraints(rules, text, EOS)


def rules(**changes: object) -> RowRules:
    return RowRules(**({"markers": MARKERS, "text_limit": 3, "eos_id": EOS} | changes))  # type: ignore[arg-type]


def allowed(rule: RowRules, tokens: list[int]) -> set[int]:
    scores = constraints(rule).constrain(torch.zeros(1, SIZE), [tokens])
    return {token for token in range(SIZE) if scores[0, token] > -math.inf}


@pytest.mark.parametrize(
    ("rule", "tokens", "expected"),
    [
        pytest.param(rules(), [], {EOS, *TEXT, *MARKERS}, id="at the start everything"),
        pytest.param(rules(markers=(10,)), [], {EOS, *TEXT, 10}, id="no absent marker"),
        pytest.param(rules(), [10], {EOS}, id="a marker is the whole answer"),
        pytest.param(rules(), [4], {EOS, *TEXT}, id="no marker inside a text"),
        pytest.param(rules(), [4, 5, 6], {EOS}, id="a text ends at its limit"),
        pytest.param(rules(), [EOS], {EOS}, id="nothing after the end"),
        pytest.param(rules(), [4, EOS, 0], {EOS}, id="nothing after the end and padding"),
        pytest.param(rules(choices=CHOICES), [], {EOS, 4, 6}, id="a choice or nothing"),
        pytest.param(rules(choices=CHOICES), [4], {EOS, 5}, id="a choice that begins another"),
        pytest.param(rules(choices=CHOICES), [6], {EOS}, id="a choice is complete"),
        pytest.param(rules(choices=CHOICES), [6, EOS, 0], {EOS}, id="nothing after a choice"),
        pytest.param(
            rules(choices=CHOICES, text_limit=1), [4], {EOS, 5}, id="the limit cuts no choice"
        ),
    ],
)
def test_allowed_tokens(rule: RowRules, tokens: list[int], expected: set[int]) -> None:
    assert allowed(rule, tokens) == expected


def test_rows_have_their_own_rules() -> None:
    both = constraints(rules(markers=()), rules(choices=CHOICES))
    scores = both.constrain(torch.zeros(2, SIZE), [[], []])
    assert (scores > -math.inf).sum(1).tolist() == [1 + len(TEXT), 3]
    assert both.max_tokens == 3


def test_scores_are_divided_by_the_temperature_of_the_row() -> None:
    both = constraints(rules(), rules(temperature=4.0))
    scores = both.constrain(torch.full((2, SIZE), 2.0, dtype=torch.bfloat16), [[], []])
    assert scores.dtype is torch.float32
    assert scores[:, EOS].tolist() == [2.0, 0.5]


def logs(*probabilities: float) -> list[float]:
    return [math.log(value) for value in probabilities]


@pytest.mark.parametrize(
    ("rule", "tokens", "probabilities", "said", "confidence"),
    [
        pytest.param(rules(), [10, EOS], (0.4, 1.0), (10,), 0.4, id="marker"),
        pytest.param(rules(), [EOS, 0], (0.7, 0.1), (), 0.7, id="not stated"),
        pytest.param(
            rules(), [4, 5, EOS], (0.9, 0.1, 0.3), (4, 5), 0.3, id="text: the geometric mean"
        ),
        pytest.param(
            rules(text_limit=2), [4, 5, EOS], (0.9, 0.1, 1.0), (4, 5), 0.3, id="text that was cut"
        ),
        pytest.param(
            rules(choices=CHOICES), [4, 5, EOS, 0], (0.5, 0.5, 1.0, 0.1), (4, 5), 0.25,
            id="choice: the product",
        ),
    ],
)  # fmt: skip
def test_answers(
    rule: RowRules,
    tokens: list[int],
    probabilities: tuple[float, ...],
    said: tuple[int, ...],
    confidence: float,
) -> None:
    answer = rule.answer(tokens, logs(*probabilities))
    assert answer.tokens == said
    assert answer.confidence == pytest.approx(confidence)


def test_confidence_never_exceeds_one() -> None:
    assert rules().answer([EOS], [1e-7]).confidence == 1.0


def test_choices_give_their_text_back() -> None:
    assert CHOICES.text([4, 5]) == "crash on start"
    assert CHOICES.max_tokens == 3


@pytest.mark.parametrize(
    "token_ids",
    [
        pytest.param({"a": [4], "b": [4]}, id="same tokens"),
        pytest.param({"a": []}, id="no tokens"),
    ],
)
def test_choices_that_cannot_be_told_apart(token_ids: dict[str, list[int]]) -> None:
    with pytest.raises(ValueError, match="cannot tell the choice"):
        Choices(token_ids, EOS)
