"""Tracebacks that can stand in a log."""

from schemas.errors import ModelFailed
from summarizer.failure import describe

SECRET = "what the customer wrote"


def fails() -> None:
    raise ValueError(SECRET)


def described_chain() -> str:
    try:
        try:
            fails()
        except ValueError as error:
            raise ModelFailed("It failed.") from error
    except ModelFailed as failure:
        return describe(failure)
    raise AssertionError("nothing was raised")


def test_types_and_places_are_kept_and_foreign_messages_are_not() -> None:
    text = described_chain()
    assert SECRET not in text
    assert text.index("builtins.ValueError") < text.index("schemas.errors.ModelFailed: It failed.")
    assert "in fails" in text


def test_every_member_of_a_group_is_described() -> None:
    text = describe(ExceptionGroup(SECRET, [KeyError(SECRET), TypeError(SECRET)]))
    assert SECRET not in text
    assert "KeyError" in text
    assert "TypeError" in text


def test_a_cycle_of_causes_ends() -> None:
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    assert describe(first).count("ValueError") == 1
