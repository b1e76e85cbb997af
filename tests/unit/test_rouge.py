"""ROUGE as the reference package computes it, and the fast LCS against the plain one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.rouge import longest_common_subsequence, rouge, words

# What rouge-score 0.1.2 gives with use_stemmer=False: the F1 of ROUGE-1, ROUGE-2 and ROUGE-L.
REFERENCE = [
    pytest.param(
        "When the save button is pressed, the app crashes!",
        "The app crashes when the save button is pressed",
        (1.0, 0.875, 0.666667),
        id="reordered",
    ),
    pytest.param(
        "A NullPointerException is thrown in Foo.java",
        "NullPointerException at Foo.java:12 after saving",
        (0.428571, 0.166667, 0.428571),
        id="paths-are-words",
    ),
    pytest.param("the cat the", "the the the cat", (0.857143, 0.4, 0.571429), id="repeated"),
    pytest.param("crash", "crash", (1.0, 0.0, 1.0), id="one-word"),
    pytest.param("The page stays blank", "Nothing happens", (0.0, 0.0, 0.0), id="disjoint"),
    pytest.param("foo bar_baz qux", "foo_bar baz", (0.857143, 0.8, 0.857143), id="underscores"),
    pytest.param("???", "???", (0.0, 0.0, 0.0), id="no-words"),
    pytest.param("", "It fails", (0.0, 0.0, 0.0), id="empty"),
]


@pytest.mark.parametrize(("predicted", "annotated", "expected"), REFERENCE)
def test_the_reference_package_agrees(
    predicted: str, annotated: str, expected: tuple[float, float, float]
) -> None:
    found = rouge(predicted, annotated)
    assert (found.rouge1, found.rouge2, found.rouge_l) == pytest.approx(expected, abs=1e-6)


def test_words_of_other_scripts_count() -> None:
    assert words("Größe geändert, страница 12") == ["grösse", "geändert", "страница", "12"]


@given(st.lists(st.sampled_from("abcd"), max_size=70), st.lists(st.sampled_from("abcd")))
def test_the_bit_parallel_lcs_is_the_plain_one(left: list[str], right: list[str]) -> None:
    row = [0] * (len(right) + 1)
    for one in left:
        above = row
        row = [0]
        for at, other in enumerate(right):
            row.append(above[at] + 1 if one == other else max(above[at + 1], row[at]))
    assert longest_common_subsequence(left, right) == row[-1]
