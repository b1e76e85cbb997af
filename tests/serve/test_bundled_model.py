"""The bundled model on a real Ray Serve, over HTTP, as `serve_config.yaml` runs it."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import yaml

from tests.project import ROOT
from tests.serve.conftest import Deploy

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def service(deploy: Deploy) -> Iterator[httpx.Client]:
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    (application,) = config["applications"]
    url = deploy("bundled", application["args"])
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def records(count: int) -> list[dict[str, object]]:
    with (ROOT / "data" / "held_out.jsonl").open() as lines:
        return [json.loads(next(lines)) for _ in range(count)]


def test_a_real_report_gets_a_real_summary(service: httpx.Client) -> None:
    request = json.loads((ROOT / "docs" / "example-report.json").read_text())
    answer = service.post("/inference", params={"details": "true"}, json=request).json()
    assert answer["id"] == request["id"]
    assert answer["summary"]["environment"] == "OS: macOS 10.9.1"
    actual = answer["details"]["fields"]["actualBehavior"]
    assert actual["origin"] == "copied"
    span = actual["spans"][0]
    copied = request["input"][span["part"]][span["start"] : span["end"]]
    assert answer["summary"]["actualBehavior"].startswith(copied)
    assert answer["summary"]["suggestedSolution"].startswith("Start at ")


def test_a_batch_answers_as_single_requests_do(service: httpx.Client) -> None:
    reports = [{"id": str(at), "input": one["input"]} for at, one in enumerate(records(12))]
    together = service.post("/inference/batch", json={"reports": reports}).json()["results"]
    # Not from the cache, which has the answers of the batch.
    headers = {"Cache-Control": "no-store"}
    with ThreadPoolExecutor(6) as pool:
        alone = [
            response.json()
            for response in pool.map(
                lambda one: service.post("/inference", json=one, headers=headers), reports
            )
        ]
    assert [one["summary"] for one in together] == [one["summary"] for one in alone]
    assert [one["id"] for one in together] == [one["id"] for one in reports]


def test_the_model_says_who_it_is(service: httpx.Client) -> None:
    model = service.get("/model").json()
    assert model["name"] == "bug-summarizer-minilm"
    assert model["kind"] == "extractive"
    assert model["licence"] == "Apache-2.0"
    assert len(model["categories"]) == 10
    assert model["metrics"]["heldOut"]["count"] > 0
