"""Reports that say nearly the same."""

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.project import ROOT
from training.data.checks.finding import At
from training.data.checks.near_duplicates import NEAR, NearDuplicates
from training.data.checks.sketch import MAX_WORDS, Runs, word_runs

WORDS = [f"word{number}" for number in range(3000)]
TEXTS = st.builds(
    lambda start, size, at: [*WORDS[start:at], "other", *WORDS[at : start + size]],
    st.integers(0, 3),
    st.integers(0, 40),
    st.integers(0, 45),
)
"""Texts that are pieces of one, each with a word of its own in its middle or at an end."""


def text(seed: int, words: int = 60) -> list[str]:
    return random.Random(seed).choices(WORDS, k=words)


def changed(words: list[str], count: int) -> list[str]:
    """The same words but for some in its middle."""
    middle = len(words) // 2
    return [*words[:middle], *["other"] * count, *words[middle + count :]]


def jaccard(left: Runs, right: Runs) -> float:
    """The share of all runs of two sets that both have, by its definition."""
    ours, theirs = set(left.tolist()), set(right.tolist())
    return len(ours & theirs) / len(ours | theirs)


def from_template(seed: int, own: int) -> list[str]:
    """A text of 200 words that all such texts share, with some of its own in the middle."""
    shared = text(0, 200)
    return [*shared[:100], *text(seed, own), *shared[100:]]


def test_runs_are_those_of_three_words() -> None:
    words = ["a", "b", "c", "d", "e"]
    assert len(word_runs(words)) == 3
    assert len(word_runs([*words, *words])) == 5
    assert jaccard(word_runs(["a", "b", "c", "d"]), word_runs(["b", "c", "d", "e"])) == 1 / 3


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b"]], ids=["none", "one", "two"])
def test_a_short_text_is_one_run(words: list[str]) -> None:
    assert len(word_runs(words)) == 1
    assert len({int(word_runs(each)[0]) for each in ([], ["a"], ["a", "b"])}) == 3


def test_only_the_beginning_of_a_very_long_text_counts() -> None:
    words = text(1, 2 * MAX_WORDS)
    assert np.array_equal(word_runs(words), word_runs(words[:MAX_WORDS]))


@pytest.mark.parametrize(
    "words",
    [
        "点击保存按钮后页面一直是空白的",
        "保存ボタンを押すと画面が真っ白になります",
        "กดปุ่มบันทึกแล้วหน้าจอว่างเปล่าตลอดเวลา",
    ],
    ids=["chinese", "japanese", "thai"],
)
def test_in_a_script_without_spaces_each_character_is_a_word(words: str) -> None:
    near = NearDuplicates()
    near.add(word_runs([words * 2]), At(0, 1))
    assert near.twin(word_runs([words * 2 + words[5:7]])) is not None
    assert near.twin(word_runs([words[::-1] * 2])) is None


def test_a_clause_without_spaces_is_bounded_as_well() -> None:
    many = "".join(chr(0x4E00 + number) for number in range(2 * MAX_WORDS))
    assert np.array_equal(word_runs([many]), word_runs([many[:MAX_WORDS]]))


def test_a_near_duplicate_is_found_with_its_similarity() -> None:
    found = NearDuplicates()
    for seed in range(200):
        found.add(word_runs(text(seed)), At(1, seed))
    twin = found.twin(word_runs(changed(text(42), 2)))
    assert twin is not None
    assert twin.at == At(1, 42)
    # 58 runs, of which the change spoils four and brings four new ones.
    assert twin.similarity == pytest.approx(54 / 62)
    assert found.twin(word_runs(text(42)[::-1])) is None
    assert found.twin(word_runs(text(999))) is None


@given(st.lists(TEXTS, min_size=1, max_size=8), TEXTS)
def test_no_near_duplicate_is_missed_and_none_is_made_up(
    added: list[list[str]], asked: list[str]
) -> None:
    near = NearDuplicates()
    for line, words in enumerate(added):
        near.add(word_runs(words), At(0, line))
    similar = [jaccard(word_runs(words), word_runs(asked)) for words in added]
    twin = near.twin(word_runs(asked))
    assert (twin is None) == (max(similar) < NEAR)
    if twin is not None:
        assert twin.similarity == pytest.approx(similar[twin.at.line])


def test_a_report_is_found_among_many_that_share_a_template() -> None:
    near = NearDuplicates()
    for seed in range(1, 301):
        near.add(word_runs(from_template(seed, 25)), At(0, seed))
    for seed in range(1, 301):
        twin = near.twin(word_runs([*from_template(seed, 25), "three", "more", "words"]))
        assert twin is not None
        assert twin.at.line == seed
        # The 223 runs of the one, and three more.
        assert twin.similarity == pytest.approx(223 / 226)
    assert near.twin(word_runs(from_template(999, 25))) is None


def test_where_the_template_is_nearly_all_any_report_is_near() -> None:
    near = NearDuplicates()
    for seed in range(1, 301):
        near.add(word_runs(from_template(seed, 5)), At(0, seed))
    twin = near.twin(word_runs(from_template(999, 5)))
    assert twin is not None
    assert twin.similarity >= 196 / 210


def test_none_is_near_where_none_was_added() -> None:
    assert NearDuplicates().twin(word_runs(text(1))) is None


def test_a_report_that_is_added_later_is_found_as_well() -> None:
    near = NearDuplicates()
    near.add(word_runs(text(1)), At(0, 1))
    assert near.twin(word_runs(text(2))) is None
    near.add(word_runs(text(2)), At(0, 2))
    assert near.twin(word_runs(text(2))) == (At(0, 2), 1)


def test_sketches_are_the_same_in_every_process() -> None:
    code = "from training.data.checks.sketch import *; print(word_runs('a b c d'.split()).tolist())"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert said.stdout == f"{word_runs(['a', 'b', 'c', 'd']).tolist()}\n"
