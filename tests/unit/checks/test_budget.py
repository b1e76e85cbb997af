"""Reports that are longer than what a model reads."""

from collections.abc import Sequence

from schemas.record import TrainingRecord
from schemas.report import Environment
from tests.unit.checks.conftest import FILES, checked, made, places
from training.data.checks import budget
from training.data.checks.budget import TokenBudget
from training.data.checks.finding import At


class Words:
    """Counts words, and how often it was asked."""

    def __init__(self) -> None:
        self.texts: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> list[int]:
        self.texts.append(list(texts))
        return [len(text.split()) for text in texts]


def test_reports_over_the_budget_are_found_with_their_tokens() -> None:
    check = TokenBudget(FILES, Words(), 16)
    records = [made("a " * 16), made("a " * 17), made("abc " * 100)]
    for line, record in enumerate(records, start=1):
        check.add(record, At(0, line))
    check.finish()
    (finding,) = check.findings()
    # 24 words in 96 characters are counted, and taken for a quarter of 400.
    assert places(finding) == [(2, "input", "17 tokens"), (3, "input", "about 100 tokens")]
    assert "--max-source-tokens" in finding.fix
    assert check.distribution().total == 3


def test_all_that_the_model_reads_counts() -> None:
    words = Words()
    check = TokenBudget(FILES, words, 16)
    whole = made("one").model_dump()
    whole["input"] |= {"stacktrace_text": "two", "env": Environment(os="Linux")}
    check.add(TrainingRecord.model_validate(whole), At(0, 1))
    check.finish()
    assert words.texts == [["OS: Linux\none\ntwo"]]


def test_texts_are_counted_in_batches_and_each_once() -> None:
    words = Words()
    check = TokenBudget(FILES, words, 16)
    checked(check, [made(f"report {number}") for number in range(2 * budget.BATCH_TEXTS + 1)])
    check.finish()
    check.finish()
    assert [len(texts) for texts in words.texts] == [budget.BATCH_TEXTS, budget.BATCH_TEXTS, 1]
    assert check.distribution().total == 2 * budget.BATCH_TEXTS + 1
