"""A real Ray Serve whose model is busy or broken: queues, clients that leave, lost replicas."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

import deployments.app
from deployments.cache import CacheStatus
from tests.fakes import BREAKS_PREDICT
from tests.http_checks import events_of, problem_of, report
from tests.serve.conftest import Deploy
from tests.serve.holding import (
    BREAK_FOR_EVER,
    HOLD,
    BreakableSummarizer,
    HoldingSummarizer,
    running_mark,
)
from tests.waiting import eventually_blocking

pytestmark = pytest.mark.ray

QUEUE = 2


@pytest.fixture(scope="module")
def holding(deploy: Deploy) -> Iterator[httpx.Client]:
    """A service of one slot and two places, whose model can be held."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployments.app, "Summarizer", HoldingSummarizer)
        url = deploy("holding", {"engine": "mock", "max_batch_size": 1, "max_waiting": QUEUE})
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_a_failing_model_is_a_500_of_its_report_only(holding: httpx.Client) -> None:
    secret = "what the customer wrote"
    response = holding.post("/inference", json=report(f"{BREAKS_PREDICT} {secret}"))
    problem_of(response, 500, "model-failed")
    assert secret not in response.text
    assert holding.post("/inference", json=report("next")).status_code == 200


@pytest.mark.parametrize("path", ["/inference", "/inference/stream"])
def test_a_full_queue_refuses_with_retry_after(
    holding: httpx.Client, tmp_path: Path, path: str
) -> None:
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(8) as pool:
        running = pool.submit(holding.post, "/inference", json=report(f"{HOLD}{gate}"))
        eventually_blocking(running_mark(gate).exists)
        crowd = [
            pool.submit(holding.post, path, json=report(f"{path} {number}")) for number in range(6)
        ]
        try:
            eventually_blocking(lambda: sum(each.done() for each in crowd) == 6 - QUEUE)
            refused = [each.result() for each in crowd if each.done()]
        finally:
            gate.touch()
        answered = [running.result(), *(each.result() for each in crowd)]
    for response in refused:
        problem_of(response, 429, "queue-full")
        assert int(response.headers["retry-after"]) >= 1
    assert sorted(response.status_code for response in answered) == [200] * (QUEUE + 1) + [429] * 4


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="plain"),
        pytest.param({"x-request-disconnect-disabled": "?1"}, id="asks-not-to-be-cancelled"),
    ],
)
def test_a_client_that_leaves_frees_its_place(
    holding: httpx.Client, tmp_path: Path, headers: dict[str, str]
) -> None:
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(holding.post, "/inference", json=report(f"{HOLD}{gate}"))
        eventually_blocking(running_mark(gate).exists)
        try:
            for number in range(QUEUE):
                leaves = report(f"leaves, {number}")
                with pytest.raises(httpx.ReadTimeout):
                    holding.post("/inference", json=leaves, headers=headers, timeout=2)
            stays = pool.submit(holding.post, "/inference", json=report("stays"))
            with pytest.raises(httpx.ReadTimeout):
                holding.post("/inference", json=report("x"), timeout=2)
        finally:
            gate.touch()
        assert running.result().status_code == 200
        assert stays.result().status_code == 200


def test_a_field_is_sent_while_the_model_works_on_the_others(
    holding: httpx.Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    body = report(f"{HOLD}{gate}", env={"os": "Linux"})
    with holding.stream("POST", "/inference/stream", json=body) as response:
        chunks = response.iter_text()
        ((name, first),) = events_of(next(chunks))
        assert (name, first["field"], first["text"]) == ("field", "environment", "OS: Linux")
        eventually_blocking(running_mark(gate).exists)
        gate.touch()
        rest = events_of("".join(chunks))
    assert [name for name, _ in rest] == ["field"] * 4 + ["summary"]


def test_a_stream_that_is_left_frees_its_place(holding: httpx.Client, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(holding.post, "/inference", json=report(f"{HOLD}{gate}"))
        eventually_blocking(running_mark(gate).exists)
        try:
            for number in range(2 * QUEUE):
                leaves = report(f"leaves, {number}", env={"os": "Linux"})

                def begins_and_is_left(body: dict[str, Any] = leaves) -> bool:
                    with holding.stream("POST", "/inference/stream", json=body) as response:
                        return response.status_code == 200

                # The one before it may be on its way out.
                eventually_blocking(begins_and_is_left)
            stays = pool.submit(holding.post, "/inference", json=report("stays with a stream"))
        finally:
            gate.touch()
        assert running.result().status_code == 200
        assert stays.result().status_code == 200


def test_who_leaves_takes_nobody_along_who_waits_for_the_same(
    holding: httpx.Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    same = report(f"{HOLD}{gate}")
    with ThreadPoolExecutor(2) as pool:

        def leave() -> None:
            with pytest.raises(httpx.ReadTimeout):
                holding.post("/inference", json=same, timeout=3)

        leaves = pool.submit(leave)
        eventually_blocking(running_mark(gate).exists)
        stays = pool.submit(holding.post, "/inference", json=same)
        leaves.result()
        gate.touch()
        answer = stays.result()
    assert answer.status_code == 200
    assert answer.headers["cache-status"] == CacheStatus.JOINED


def test_an_expired_report_is_not_started(holding: httpx.Client, tmp_path: Path) -> None:
    gate, never = tmp_path / "gate", tmp_path / "never"
    never.touch()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(holding.post, "/inference", json=report(f"{HOLD}{gate}"))
        eventually_blocking(running_mark(gate).exists)
        try:
            late = holding.post(
                "/inference",
                json=report(f"{HOLD}{never}"),
                headers={"X-Request-Timeout-S": "0.5"},
            )
        finally:
            gate.touch()
        assert running.result().status_code == 200
    assert "0.5 s" in problem_of(late, 504, "timeout")["detail"]
    assert holding.post("/inference", json=report("after it")).status_code == 200
    assert not running_mark(never).exists()


def test_a_replica_whose_model_fails_for_ever_is_replaced(deploy: Deploy) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deployments.app, "Summarizer", BreakableSummarizer)
        patch.setattr(deployments.app, "HEALTH_CHECK_PERIOD_S", 1.0)
        url = deploy("breakable", {"engine": "mock", "cache_entries": 0})
    with httpx.Client(base_url=url, timeout=60) as client:

        def process() -> str | None:
            """The one that answers, by its id; None where it is broken or gone."""
            response = client.post("/inference", json=report("who are you?"))
            if response.status_code == 200:
                return str(response.json()["summary"]["actualBehavior"])
            assert response.status_code in {500, 503}
            return None

        first = process()
        assert first is not None
        assert client.post("/inference", json=report(BREAK_FOR_EVER)).status_code == 500
        replaced_by: list[str] = []

        def is_replaced() -> bool:
            answer = process()
            if answer is not None:
                replaced_by.append(answer)
            return answer is not None

        eventually_blocking(is_replaced, within_s=120)
        assert replaced_by[-1] != first
