"""Reports that say nearly the same."""

import random
import subprocess
import sys

import numpy as np
import pytest

from tests.project import ROOT
from training.data.checks.finding import At
from training.data.checks.near_duplicates import NEAR, NearDuplicates
from training.data.checks.sketch import MAX_WORDS, bands, jaccard, word_runs

WORDS = [f"word{number}" for number in range(3000)]


def text(seed: int, words: int = 60) -> list[str]:
    return random.Random(seed).choices(WORDS, k=words)


def changed(words: list[str], count: int) -> list[str]:
    """The same words but for some in its middle."""
    middle = len(words) // 2
    return [*words[:middle], *["other"] * count, *words[middle + count :]]


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


def test_hardly_any_near_duplicate_is_missed_and_none_is_made_up() -> None:
    found, expected = 0, 0
    for seed in range(300):
        original, other = word_runs(text(seed)), word_runs(changed(text(seed), seed % 8))
        near = NearDuplicates()
        near.add(original, At(0, seed))
        twin = near.twin(other)
        similar = jaccard(original, other) >= NEAR
        assert twin is None or similar
        expected += similar
        found += twin is not None
    assert 100 < expected < 300
    assert found >= 0.99 * expected


def test_a_text_that_everybody_has_takes_no_longer_than_others() -> None:
    near = NearDuplicates()
    runs = word_runs(text(1))
    for line in range(1000):
        near.add(runs, At(0, line))
    assert max(len(members) for members in near._by_band.values()) == 100
    twin = near.twin(runs)
    assert twin is not None
    assert twin.similarity == 1


def test_sketches_are_the_same_in_every_process() -> None:
    code = (
        "from training.data.checks.sketch import *; r = word_runs('a b c d'.split());"
        "print(r.tolist(), bands(r))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    runs = word_runs(["a", "b", "c", "d"])
    assert said.stdout == f"{runs.tolist()} {bands(runs)}\n"
