import datetime
import json
from pathlib import Path

import pytest

from benchmarks.figures import Bounded, Spread
from benchmarks.results import Result, Target, bullets, write
from benchmarks.table import (
    bounded_seconds,
    number,
    seconds,
    share,
    spread_number,
    spread_seconds,
    table,
    times,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01234, "0.0123"),
        (0.5, "0.500"),
        (1.234, "1.23"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1234.5, "1,230"),
        (-2.5, "-2.50"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_durations_choose_their_unit() -> None:
    assert seconds(0.0123) == "12.3 ms"
    assert seconds(2.5) == "2.50 s"


def test_a_bound_says_so() -> None:
    assert bounded_seconds(Bounded(2.0)) == "2.00 s"
    assert bounded_seconds(Bounded(2.0, at_least=True)) == "> 2.00 s"


def test_spreads_and_ratios() -> None:
    spread = Spread(2.0, 1.0, 3.0, 3)
    assert spread_seconds(spread) == "2.00 s (1.00 s\N{EN DASH}3.00 s)"
    assert spread_number(spread) == "2.00 (1.00\N{EN DASH}3.00)"
    assert spread_number(Spread(2.0, 2.0, 2.0, 1)) == "2.00"
    assert spread_seconds(Spread(2.0, 2.0, 2.0, 1)) == "2.00 s"
    assert times(3.14159) == "3.14 \N{MULTIPLICATION SIGN}"
    assert share(0.5) == "50%"


def test_a_table_aligns_figures_and_escapes_bars() -> None:
    assert table(["Who", "How many"], [["a|b", "1"]]) == (
        "| Who | How many |\n| --- | ---: |\n| a\\|b | 1 |"
    )


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 columns"):
        table(["a", "b"], [["1"]])


def test_bullets_are_the_paragraphs_of_a_text() -> None:
    assert bullets("\n  one\n  line\n\n  another\n") == ["one line", "another"]


@pytest.mark.parametrize(
    ("met", "verdict"), [(True, "reached"), (False, "**not reached**")], ids=["met", "missed"]
)
def test_a_result_becomes_a_table_and_raw_figures(tmp_path: Path, met: bool, verdict: str) -> None:
    result = Result(
        topic="engine",
        title="Engines",
        conditions=["quiet"],
        sections={"Speed": "fast"},
        targets=[Target("twice as fast", "1.9", met)],
        raw={"seconds": [1.5]},
    )
    path = write(result, ["2 cores"], datetime.date(2026, 1, 2), tmp_path / "results")
    assert path.name == "2026-01-02-engine.md"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Engines\n\n## Speed\n\nfast\n")
    assert f"| twice as fast | 1.9 | {verdict} |" in text
    assert text.endswith("- quiet\n- 2 cores\n")
    raw = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert raw["seconds"] == [1.5]
    assert raw["conditions"] == ["quiet", "2 cores"]
    assert raw["targets"] == [{"claim": "twice as fast", "reached": "1.9", "met": met}]
