"""Which records the bundled model learns from."""

import pytest

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED
from training.recipe import mix as mixing
from training.recipe.mix import mix


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


RECORDS = [
    *(record(f"t:{at}/gold") for at in range(6)),
    *(record(f"t:hang-{at}", bugCategory="hang") for at in range(6)),
    *(record(f"t:fix-{at}", suggestedSolution="Restart.") for at in range(6)),
    *(record(f"t:should-{at}", expectedBehavior="It works.") for at in range(6)),
    *(record(f"t:other-{at}") for at in range(6)),
]


def kinds(records: list[TrainingRecord]) -> list[str]:
    return sorted((one.id or "").partition(":")[2].partition("-")[0][:5] for one in records)


def test_the_first_stage_takes_all_that_is_gold_or_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_SOLUTIONS", "MAX_EXPECTATIONS", "MAX_OTHERS"):
        monkeypatch.setattr(mixing, name, 2)
    chosen = kinds(mix(RECORDS, 1))
    assert sum(kind.endswith("gold"[:4]) or "/" in kind for kind in chosen) == 6
    assert chosen.count("hang") == 6
    assert chosen.count("fix") == chosen.count("shoul") == chosen.count("other") == 2


def test_the_second_stage_takes_what_is_gold_or_of_a_rare_category() -> None:
    chosen = mix(RECORDS, 2)
    assert {one.output.bug_category for one in chosen if "/gold" not in (one.id or "")} == {"hang"}
    assert len(chosen) == 12


def test_the_order_depends_on_the_ids_alone() -> None:
    assert mix(RECORDS, 1) == mix(list(reversed(RECORDS)), 1)
    assert mix(RECORDS, 1) != RECORDS
