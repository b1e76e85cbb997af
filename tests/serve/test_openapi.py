"""The running app against its own OpenAPI document: whatever is sent, it answers as documented."""

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis.checks import not_a_server_error

from deployments.local import create_local_app
from deployments.request_options import TIMEOUT_HEADER
from deployments.settings import Settings
from schemas.problem import MEDIA_TYPE
from tests.servers import running_app

EXAMPLES_PER_OPERATION = 60
UNKNOWN_HEADER = "x-schemathesis-unknown-property"


app = create_local_app(Settings(engine="mock"))
schema = schemathesis.openapi.from_dict(app.openapi())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_app(app) as url:
        yield url


@schema.parametrize()
@settings(
    max_examples=EXAMPLES_PER_OPERATION,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_documented(case: schemathesis.Case[Any], url: str) -> None:
    # A server has to ignore a header that it does not know, and not to refuse the request.
    assume(UNKNOWN_HEADER not in (case.headers or {}))
    response = case.call_and_validate(base_url=url, excluded_checks=[not_a_server_error])
    # A request may give so little time that nothing could be answered in it.
    hurried = TIMEOUT_HEADER in (case.headers or {})
    assert response.status_code < 500 or (hurried and response.status_code == 504)


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    parsed: dict[str, Any] = httpx.get(f"{url}/openapi.json").json()
    return parsed


def contents_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every documented request and answer body, named by where it stands."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"].items()
            bodies = {"request": operation.get("requestBody", {}), **dict(answers)}
            for name, body in bodies.items():
                for media_type, content in body.get("content", {}).items():
                    yield f"{method} {path} {name} {media_type}", content


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for place, content in contents_of(document):
        examples = [each["value"] for each in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        # A stream's example is its text; the events in it have schemas of their own.
        schema = content.get("schema", {"type": "string"})
        validator = jsonschema_rs.validator_for({**document, **schema})
        for example in examples:
            assert [error.message for error in validator.iter_errors(example)] == [], place
            checked += 1
    assert checked >= 20


def test_every_error_is_documented_as_problem_details(document: dict[str, Any]) -> None:
    documented = {
        f"{method} {path}": {
            status: list(answer["content"])
            for status, answer in operation["responses"].items()
            if status != "200"
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    statuses = {place: sorted(answers) for place, answers in documented.items()}
    assert statuses == {
        "post /inference": ["400", "413", "415", "422", "429", "500", "503", "504"],
        "post /inference/batch": ["400", "413", "415", "422", "500"],
        "post /inference/stream": ["400", "413", "415", "422", "429", "500", "503", "504"],
        "get /health": [],
        "get /ready": ["500", "503"],
        "get /model": ["500", "503"],
        "get /metrics": [],
    }
    for answers in documented.values():
        for media_types in answers.values():
            assert media_types == [MEDIA_TYPE]
