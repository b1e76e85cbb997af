"""What a model is sure of, as records for the next one."""

from schemas.record import TrainingRecord
from schemas.summary import NOT_STATED, Details, FieldDetails, FieldName, Origin, Summary
from tests.unit.test_recipe_mix import record
from training.evaluation.answers import Answer
from training.recipe.sure import SURE, taught, unread

RECORD = record("t:1", actualBehavior="By the rules.", environment="Linux", bugCategory="ui")


def answer(confidences: dict[FieldName, float], **said: str) -> Answer:
    texts = {field: said.get(field.value, NOT_STATED) for field in FieldName}
    fields = {
        field: FieldDetails(
            confidence=confidences.get(field, 0.99),
            origin=Origin.NOT_STATED if text == NOT_STATED else Origin.COPIED,
            spans=[],
        )
        for field, text in texts.items()
    }
    return Answer(Summary.from_fields(texts), Details(fields=fields, missing=[], notes=[]))


def taught_by(confidences: dict[FieldName, float], **said: str) -> TrainingRecord | None:
    return taught(RECORD, answer(confidences, **said))


def test_what_it_is_sure_of_takes_the_place_of_what_rules_said() -> None:
    found = taught_by({}, actualBehavior="It fails.\njava.lang.Error", bugCategory="crash")
    assert found is not None
    assert found.id == "t:1/sure"
    assert found.output.actual_behavior == "It fails."
    assert found.output.bug_category == "crash"
    assert found.output.environment == NOT_STATED


def test_without_certainty_of_what_happened_nothing_is_taught() -> None:
    for field in (FieldName.ACTUAL_BEHAVIOR, FieldName.EXPECTED_BEHAVIOR):
        assert taught_by({field: SURE[field] - 0.01}, actualBehavior="It fails.") is None
    assert taught(RECORD, Answer(None, failure="broken")) is None


def test_other_fields_keep_what_the_rules_said() -> None:
    unsure = {FieldName.ENVIRONMENT: 0.5, FieldName.BUG_CATEGORY: 0.5}
    found = taught_by(unsure, actualBehavior="It fails.", bugCategory="crash")
    assert found is not None
    assert found.output.environment == "Linux"
    assert found.output.bug_category == NOT_STATED


def test_only_reports_are_asked_that_nobody_read_and_rules_answered() -> None:
    asked = unread([RECORD, record("t:2"), record("t:3/gold"), record("t:4/retold")], {"t:2"})
    assert {one.id for one in asked} == {"t:1", "t:4/retold"}
