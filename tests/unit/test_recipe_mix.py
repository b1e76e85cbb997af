"""Which records the bundled model learns from."""

import pytest

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from tests.unit.test_recipe_readings import READING
from training.recipe import mix as mixing
from training.recipe.mix import mix
from training.recipe.readings import Reading


def record(record_id: str, **output: str) -> TrainingRecord:
    stated = {"bugCategory": "ui", "actualBehavior": "It fails."} | output
    fields = ("environment", "actualBehavior", "expectedBehavior", "bugCategory")
    return TrainingRecord.model_validate(
        {
            "id": record_id,
            "input": {"description": "It fails."},
            "output": {name: stated.get(name, NOT_STATED) for name in fields}
            | {"suggestedSolution": stated.get("suggestedSolution", NOT_STATED)},
        }
    )


def reading(number: int, side: str = "train") -> Reading:
    return READING.model_copy(update={"id": f"t:read-{number}", "side": side, "title": ""})


RECORDS = [
    *(record(f"t:{at}/gold") for at in range(6)),
    *(record(f"t:hang-{at}", bugCategory="hang") for at in range(6)),
    *(record(f"t:fix-{at}", suggestedSolution="Restart.") for at in range(6)),
    *(record(f"t:should-{at}", expectedBehavior="It works.") for at in range(6)),
    *(record(f"t:other-{at}") for at in range(6)),
    *(record(f"t:read-{at}/gold") for at in range(40)),
]
READINGS = [*(reading(at) for at in range(38)), reading(38, "project"), reading(39, "time")]


def ids(records: list[TrainingRecord]) -> set[str]:
    return {one.id or "" for one in records}


def test_the_first_stage_takes_all_that_is_gold_or_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_SOLUTIONS", "MAX_EXPECTATIONS", "MAX_OTHERS"):
        monkeypatch.setattr(mixing, name, 2)
    chosen = ids(mix(RECORDS, READINGS, "1"))
    kinds = [one.partition(":")[2].partition("-")[0] for one in chosen if "/" not in one]
    assert sum(one.endswith("/gold") for one in chosen) == 6
    assert kinds.count("hang") == 6
    assert kinds.count("fix") == kinds.count("should") == kinds.count("other") == 2


def test_the_second_stage_takes_readings_what_is_gold_and_rare_categories() -> None:
    chosen = ids(mix(RECORDS, READINGS, "2"))
    fitted = {one.id for one in READINGS if one.is_for_calibration}
    learnt = {f"t:read-{at}" for at in range(38)} - fitted
    assert {one for one in chosen if "/read" not in one} == {
        *(f"{key}/gold{form}" for key in ("t:0", "t:5", *learnt) for form in ("", "/1")),
        *(f"t:{at}/gold{form}" for at in range(1, 5) for form in ("", "/1")),
        *(f"t:hang-{at}" for at in range(6)),
    }
    assert {one.partition("/")[0] for one in chosen if "/read" in one} == learnt


def test_no_stage_learns_from_what_is_for_calibration_or_held_out() -> None:
    fitted = {(one.id or "").partition("/")[0] for one in mix(RECORDS, READINGS, "calibration")}
    assert fitted == {one.id for one in READINGS if one.is_for_calibration}
    assert fitted
    for stage in ("1", "2"):
        learnt = {(one.id or "").partition("/")[0] for one in mix(RECORDS, READINGS, stage)}
        assert not learnt & (fitted | {"t:read-38", "t:read-39"})


def test_readings_of_rare_categories_have_more_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "ENOUGH_OF_A_CATEGORY", 40)
    rare = reading(50).model_copy(update={"category": "security"})
    assert not rare.is_for_calibration
    chosen = [one.id or "" for one in mix(RECORDS, [*READINGS, rare], "2")]
    assert len(set(chosen)) == len(chosen)
    forms = {one for one in chosen if one.startswith("t:read-50/")}
    assert forms == {f"t:read-50/read{form}" for form in ("", "/1", "/2", "/again")}
    common = {one for one in chosen if one.startswith("t:read-1/read")}
    assert common == {"t:read-1/read", "t:read-1/read/1", "t:read-1/read/again"}


def test_what_another_model_is_sure_of_comes_beside() -> None:
    more = mix(RECORDS, READINGS, "2", [record("t:7/sure")])
    assert ids(more) - ids(mix(RECORDS, READINGS, "2")) == {"t:7/sure"}


def test_categories_that_the_rules_are_unsure_of_are_not_taught_beside_readings() -> None:
    by_id = {one.id: one.output.bug_category for one in mix(RECORDS, READINGS, "2")}
    assert by_id["t:0/gold"] == NOT_STATED
    assert by_id["t:hang-0"] == "hang"


def test_inputs_are_varied_but_for_those_of_the_calibration() -> None:
    assert {one.input.description for one in mix(RECORDS, READINGS, "calibration")} == {
        READING.description
    }
    assert len({one.input.description for one in mix(RECORDS, READINGS, "2")}) > 8


def test_the_order_depends_on_the_ids_alone() -> None:
    assert mix(RECORDS, READINGS, "1") == mix(list(reversed(RECORDS)), READINGS, "1")
    assert mix(RECORDS, READINGS, "1") != RECORDS
