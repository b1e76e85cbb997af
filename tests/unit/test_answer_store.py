"""The answers that are kept: bounded by number and size, and the one used longest ago leaves."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from deployments.answer_store import ENTRY_OVERHEAD_BYTES, AnswerStore
from tests.answers import answer_of

KEYS = st.sampled_from("abcdef")
ROOM = 3


def store_of(entries: int = 100, size_bytes: int = 10_000_000) -> AnswerStore:
    return AnswerStore(entries, size_bytes)


@given(st.lists(st.tuples(st.sampled_from(["get", "put"]), KEYS), max_size=40))
def test_the_answers_used_last_are_kept(operations: list[tuple[str, str]]) -> None:
    store, expected = store_of(ROOM), list[str]()
    for operation, key in operations:
        if operation == "put":
            store.put(key, answer_of(key))
        found = store.get(key)
        assert (found is not None) is (operation == "put" or key in expected)
        if found is not None:
            assert found == answer_of(key)
            expected = [each for each in expected if each != key] + [key]
        expected = expected[-ROOM:]
        assert [key for key in "abcdef" if key in store] == sorted(expected)


@given(st.lists(st.tuples(KEYS, st.integers(0, 30_000)), max_size=30))
def test_the_size_is_bounded_and_that_of_what_is_there(puts: list[tuple[str, int]]) -> None:
    limit = 10 * ENTRY_OVERHEAD_BYTES
    store = store_of(size_bytes=limit)
    for key, chars in puts:
        store.put(key, answer_of("x" * chars))
        assert store.size_bytes <= limit
    again = store_of()
    for key in "abcdef":
        answer = store.get(key)
        if answer is not None:
            again.put(key, answer)
    assert len(again) == len(store)
    assert again.size_bytes == store.size_bytes


def test_what_alone_is_too_large_is_not_kept_and_drives_nothing_out() -> None:
    store = store_of(size_bytes=2 * ENTRY_OVERHEAD_BYTES)
    store.put("small", answer_of("x"))
    store.put("large", answer_of("x" * ENTRY_OVERHEAD_BYTES))
    assert "small" in store
    assert "large" not in store


def test_what_a_new_model_answers_drives_the_old_answers_out() -> None:
    store = store_of()
    store.put("a", answer_of("x", "old"))
    assert not store.expect("old")
    assert "a" in store
    store.put("b", replace(answer_of("y"), fingerprint="new"))
    assert ("a" in store, "b" in store) == (False, True)
    assert store.expect("newer")
    assert (len(store), store.size_bytes) == (0, 0)
