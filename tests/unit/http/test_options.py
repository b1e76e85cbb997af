"""What a request may ask for in its headers: less time, and what the cache may do."""

import httpx
import pytest

from deployments.cache import CacheStatus
from deployments.local import LocalSummarizer
from deployments.settings import Settings
from tests.fakes import FakeEngine
from tests.http_checks import problem_of, report
from tests.unit.http.conftest import client_of

HEADER = "X-Request-Timeout-S"
PATHS = ["/inference", "/inference/stream"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_client_may_give_less_time(
    client: httpx.AsyncClient, engine: FakeEngine, path: str
) -> None:
    engine.gate.clear()
    response = await client.post(path, json=report(), headers={HEADER: "0.05"})
    problem = problem_of(response, 504, "timeout")
    assert "0.05 s" in problem["detail"]


async def test_the_limit_of_a_batch_is_that_of_all_its_reports(
    client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    engine.gate.clear()
    reports = {"reports": [report("one"), report("two"), report("three")]}
    response = await client.post("/inference/batch", json=reports, headers={HEADER: "0.05"})
    assert [result["problem"]["status"] for result in response.json()["results"]] == [504] * 3


async def test_a_client_may_not_take_more_time(
    summarizer: LocalSummarizer, engine: FakeEngine
) -> None:
    engine.gate.clear()
    async with client_of(summarizer, Settings(engine="mock", request_timeout_s=0.05)) as client:
        response = await client.post("/inference", json=report(), headers={HEADER: "1000"})
    assert "0.05 s" in problem_of(response, 504, "timeout")["detail"]


@pytest.mark.parametrize("value", ["0", "-1", "soon", "nan", "inf", "", "1 s"])
@pytest.mark.parametrize("path", [*PATHS, "/inference/batch"])
async def test_a_limit_that_is_none_is_named(
    client: httpx.AsyncClient, path: str, value: str
) -> None:
    response = await client.post(path, json=report(), headers={HEADER: value})
    problem = problem_of(response, 422, "invalid-report")
    assert f"header.{HEADER}" in [error["path"] for error in problem["errors"]]


@pytest.mark.parametrize("path", PATHS)
async def test_how_an_answer_came_about(client: httpx.AsyncClient, path: str) -> None:
    async def status_of(headers: dict[str, str]) -> str:
        response = await client.post(path, json=report(), headers=headers)
        return str(response.headers["cache-status"])

    assert await status_of({}) == CacheStatus.MISS
    assert await status_of({}) == CacheStatus.HIT
    assert await status_of({"Cache-Control": "no-cache"}) == CacheStatus.REFRESHED
    assert await status_of({"Cache-Control": "no-store"}) == CacheStatus.BYPASSED


async def test_what_is_the_requests_own_is_not_kept(client: httpx.AsyncClient) -> None:
    first = (await client.post("/inference", json=report())).json()
    again = await client.post(
        "/inference", json={**report(), "id": "another"}, params={"details": True}
    )
    assert again.headers["cache-status"] == CacheStatus.HIT
    second = again.json()
    assert second["id"] == "another"
    assert second["summary"] == first["summary"]
    assert second["timestamp"] >= first["timestamp"]
    assert "details" in second


async def test_equal_reports_of_a_batch_are_computed_once(
    client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    reports = [{**report("the same"), "id": str(number)} for number in range(20)]
    response = await client.post("/inference/batch", json={"reports": reports})
    assert [result["id"] for result in response.json()["results"]] == [
        str(number) for number in range(20)
    ]
    assert engine.batches == [["the same"]]
