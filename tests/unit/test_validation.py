"""Pydantic's errors as field problems: path, code, a message that names the fix, no value."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from schemas.record import TrainingRecord
from schemas.report import (
    MAX_DESCRIPTION_CHARS,
    MAX_ENV_KEYS,
    MAX_ENV_VALUE_CHARS,
    MAX_IMAGES,
    InferenceRequest,
)
from schemas.summary import FieldName, Summary
from schemas.validation import field_problems, json_path, problems_of

SECRET = "hunter2 lives here"


def errors_of(model: type[BaseModel], value: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(value))
    return caught.value


def request_with(**parts: Any) -> dict[str, Any]:
    return {"id": "r", "input": {"description": SECRET, **parts}}


@pytest.mark.parametrize(
    ("value", "path", "code", "words"),
    [
        pytest.param({"input": {"description": "x"}}, "id", "missing", "add it", id="missing"),
        pytest.param(
            request_with(env={"os": [SECRET]}), "input.env.os", "string_type", "string", id="type"
        ),
        pytest.param(
            request_with(env={"screen size": {"x": SECRET}}),
            'input.env["screen size"]',
            "string_type",
            "string",
            id="quoted-key",
        ),
        pytest.param(
            request_with(image_paths=["a", " "]),
            "input.image_paths[1]",
            "blank",
            "must not be blank",
            id="blank-item",
        ),
        pytest.param(
            request_with(env={"os": "v" * (MAX_ENV_VALUE_CHARS + 1)}),
            "input.env.os",
            "string_too_long",
            f"at most {MAX_ENV_VALUE_CHARS} characters",
            id="too-long-behind-a-validator",
        ),
        pytest.param(
            request_with(env={"\u200b": "v"}), "input.env", "key_length", "blank", id="unseen-key"
        ),
        pytest.param(
            request_with(env={"os": "x", **{f"k{n}": "v" for n in range(MAX_ENV_KEYS)}}),
            "input.env",
            "too_many_keys",
            f"at most {MAX_ENV_KEYS} keys",
            id="too-many-keys",
        ),
        pytest.param(
            request_with(env={"memory": float("nan")}),
            "input.env.memory",
            "finite_number",
            "finite",
            id="no-number",
        ),
        pytest.param(
            request_with(descripton=SECRET),
            "input.descripton",
            "extra_forbidden",
            "spelling",
            id="misspelt-key",
        ),
        pytest.param(
            {"id": "r", "input": {"description": SECRET * MAX_DESCRIPTION_CHARS}},
            "input.description",
            "string_too_long",
            f"at most {MAX_DESCRIPTION_CHARS} characters",
            id="too-long",
        ),
        pytest.param(
            request_with(image_paths=["a"] * (MAX_IMAGES + 1)),
            "input.image_paths",
            "too_long",
            f"at most {MAX_IMAGES} items",
            id="too-many",
        ),
        pytest.param(
            {"id": "r", "input": {"description": " "}},
            "input",
            "empty_report",
            "give a description",
            id="empty-report",
        ),
        pytest.param(
            {"id": "r", "input": {"description": "\u200b\ufeff\xad", "stacktrace_text": "\x00 "}},
            "input",
            "empty_report",
            "give a description",
            id="nothing-to-see",
        ),
        pytest.param(
            {"id": "\u2060", "input": {"description": "x"}}, "id", "blank", "blank", id="unseen-id"
        ),
        pytest.param({"id": "r", "input": SECRET}, "input", "model_type", "object", id="no-object"),
        pytest.param([SECRET], "$", "model_type", "object", id="root"),
    ],
)
def test_each_bad_field_is_named_and_its_value_is_not(
    value: Any, path: str, code: str, words: str
) -> None:
    (problem,) = field_problems(errors_of(InferenceRequest, value))
    assert (problem.path, problem.code) == (path, code)
    assert words in problem.message
    assert SECRET not in problem.model_dump_json()


def test_every_bad_field_has_its_own_problem() -> None:
    problems = field_problems(
        errors_of(TrainingRecord, {"input": {}, "output": {"environment": 1}})
    )
    assert [problem.path for problem in problems] == [
        "input",
        "output.environment",
        "output.actualBehavior",
        "output.expectedBehavior",
        "output.bugCategory",
        "output.suggestedSolution",
    ]


def test_broken_json_says_where() -> None:
    with pytest.raises(ValidationError) as caught:
        TrainingRecord.model_validate_json('{"input": ')
    (problem,) = field_problems(caught.value)
    assert (problem.path, problem.code) == ("$", "json_invalid")
    assert "line 1 column" in problem.message


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        InferenceRequest.model_validate(
            json.loads(r'{"id": "r", "input": {"description": "\ud800"}}')
        )
    (problem,) = field_problems(caught.value)
    assert (problem.path, problem.code) == ("input.description", "string_unicode")
    assert "surrogate" in problem.message


def test_a_type_without_words_of_ours_reads_as_a_demand() -> None:
    class Settings(BaseModel):
        port: int

    (problem,) = field_problems(errors_of(Settings, {"port": "no"}))
    assert problem.message.startswith("must be a valid integer")


def test_leading_steps_can_be_left_out() -> None:
    detail = {"loc": ("body", "reports", 3, "id"), "type": "missing", "msg": "Field required"}
    (problem,) = problems_of([detail], skip=1)
    assert problem.path == "reports[3].id"


@pytest.mark.parametrize(
    ("location", "path"),
    [
        pytest.param((), "$", id="root"),
        pytest.param(("input", "env", "größe"), "input.env.größe", id="letters"),
        pytest.param((0, "id"), "[0].id", id="leading-index"),
        pytest.param(("env", 'a"b'), r'env["a\"b"]', id="quote"),
        pytest.param(("env", "\ud800"), r'env["\ud800"]', id="lone-surrogate"),
        pytest.param(("env", "k" * 500), f'env["{"k" * 60}..."]', id="long-key"),
    ],
)
def test_paths(location: tuple[str | int, ...], path: str) -> None:
    assert json_path(location) == path


@pytest.mark.parametrize("written", [None, "", " \n", "not stated", " NOT  Stated\n", "Not stated"])
def test_what_an_annotator_leaves_out_is_not_stated(written: str | None) -> None:
    fields: dict[str, str | None] = dict.fromkeys((field.value for field in FieldName), written)
    assert set(Summary.model_validate(fields).by_field().values()) == {"Not stated"}


def test_what_only_begins_so_is_an_answer() -> None:
    fields = dict.fromkeys((field.value for field in FieldName), "Not stated in the log.")
    assert set(Summary.model_validate(fields).by_field().values()) == {"Not stated in the log."}
