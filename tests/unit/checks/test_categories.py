"""Spellings of categories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.conftest import FILES, checked, made, places
from training.data.checks import categories
from training.data.checks.categories import Categories, same_but_for_spelling


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("crash", "Crash"),
        ("data loss", "data-loss"),
        ("Data_Loss", "dataloss"),
        ("crash", "crahs"),
        ("crash", "crsh"),
        ("crash", "crashh"),
        ("crash", "brash"),
        ("ui", "UI"),
        ("bug", "bugs"),
        ("APIs", "api"),
        ("crash", "acrash"),
    ],
)
def test_one_category_in_two_spellings(left: str, right: str) -> None:
    assert same_but_for_spelling(sorted([left, right])) == [tuple(sorted([left, right]))]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ui", "ux"),
        ("ui", "gui"),
        ("ui", "uis"),
        ("api", "app"),
        ("ios", "iot"),
        ("aip", "api"),
        ("css", "scss"),
        ("tls", "mtls"),
        ("crash", "trasch"),
        ("crash", "cr"),
        ("network", "security"),
        ("\U0001f600", "$$"),
        ("-", "--"),
    ],
)
def test_two_categories(left: str, right: str) -> None:
    assert same_but_for_spelling(sorted([left, right])) == []


NAMES = st.text("abc", min_size=1, max_size=7)


def distance(left: str, right: str) -> int:
    """Optimal string alignment, by its definition."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            best = min(row[-1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@given(st.sets(NAMES, min_size=2, max_size=12))
def test_pairs_are_those_at_a_distance_of_one(names: set[str]) -> None:
    ordered = sorted(names)
    expected = [
        (left, right)
        for at, left in enumerate(ordered)
        for right in ordered[at + 1 :]
        if distance(left, right) == 1
        and (
            min(len(left), len(right)) >= 4
            or ({len(left), len(right)} == {3, 4} and left[0] == right[0])
        )
    ]
    assert same_but_for_spelling(ordered) == expected


def test_the_rarer_spelling_is_to_be_mended() -> None:
    records = [made(bug_category=name) for name in ("crash", "crash", "Crash", "ui")]
    (finding,) = checked(Categories(FILES), [*records, made(actual_behavior="x")])
    assert finding.count == 1
    assert places(finding) == [(3, "output.bugCategory", "Crash")]
    assert "“crash”, which has 2 records" in finding.what


def test_each_rare_spelling_is_told_once_for_the_commonest_with_all_its_lines() -> None:
    names = ["crash"] * 3 + ["crahs", "crahs", "Crash", "CRASH"]
    found = checked(Categories(FILES), [made(bug_category=name) for name in names])
    assert [(one.count, places(one)[0][2]) for one in found] == [
        (1, "CRASH"),
        (1, "Crash"),
        (2, "crahs"),
    ]
    assert [line for line, _, _ in places(found[2])] == [4, 5]
    assert all("probably “crash”, which has 3 records" in one.what for one in found)


def test_texts_in_the_place_of_categories_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(categories, "MAX_CATEGORIES", 3)
    names = ["alpha", "bravo", "charlie", "delta"]
    (finding,) = checked(Categories(FILES), [made(bug_category=name) for name in names])
    assert finding.kind == "too many categories"
    assert finding.count == 4
