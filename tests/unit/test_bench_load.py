import asyncio
from itertools import pairwise
from statistics import mean

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from benchmarks.bodies import Bodies
from benchmarks.load import (
    NO_CONNECTION,
    Load,
    Shot,
    WrongAnswer,
    closed_loop,
    open_loop,
    poisson_arrivals,
)
from benchmarks.servers import free_port
from tests.servers import running_app

BODIES = Bodies("/echo", lambda number: {"number": number}, lambda body: b"number" in body)


def app() -> FastAPI:
    served = FastAPI()

    @served.post("/echo")
    async def echo(request: Request) -> JSONResponse:
        await asyncio.sleep(0.01)
        return JSONResponse(await request.json())

    @served.post("/full")
    async def full() -> JSONResponse:
        return JSONResponse({}, 429)

    @served.post("/never")
    async def never(request: Request) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    @served.post("/empty")
    async def empty() -> JSONResponse:
        return JSONResponse({})

    return served


def bodies(path: str) -> Bodies:
    return Bodies(path, BODIES.make, BODIES.is_right)


def test_arrivals_have_the_rate_and_the_seed() -> None:
    times = poisson_arrivals(50.0, 100.0, seed=1)
    assert times == poisson_arrivals(50.0, 100.0, seed=1)
    assert times != poisson_arrivals(50.0, 100.0, seed=2)
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 100
    assert len(times) == pytest.approx(5_000, rel=0.05)
    gaps = [after - before for before, after in pairwise(times)]
    # An exponential distribution has the same mean and standard deviation.
    assert mean(gaps) == pytest.approx(0.02, rel=0.05)
    assert mean(gap**2 for gap in gaps) == pytest.approx(2 * 0.02**2, rel=0.1)


def test_arrivals_are_bounded_in_number() -> None:
    assert len(poisson_arrivals(1e6, 10.0, seed=1)) == 20_000


def test_a_rate_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no arrivals"):
        poisson_arrivals(0.0, 1.0, seed=1)


def test_a_load_sorts_its_shots() -> None:
    load = Load(
        [
            Shot(0.0, 1.0, 200),
            Shot(1.0, 2.0, 200),
            Shot(2.0, 2.1, 429),
            Shot(2.0, 2.2, NO_CONNECTION),
            Shot(2.0, 9.0, None),
        ],
        kept_up_s=3.0,
    )
    assert len(load.answered) == 2
    assert [shot.latency for shot in load.unfinished] == [7.0]
    assert load.refused == {"429": 1, "no connection": 1}
    assert load.throughput == pytest.approx(1.0)
    p50, p99 = load.latency(0.5), load.latency(0.99)
    assert p50 is not None
    assert (p50.value, p50.at_least) == (1.0, False)
    assert p99 is not None
    assert (p99.value, p99.at_least) == (7.0, True)


def test_a_load_that_nobody_answered_has_no_latency() -> None:
    load = Load([Shot(0.0, 1.0, 429)], kept_up_s=1.0)
    assert load.latency(0.5) is None
    assert load.throughput == 0.0


def test_answers_after_the_load_count_for_latency_and_not_for_throughput() -> None:
    load = Load([Shot(0.0, 1.0, 200), Shot(0.0, 2.0, 200), Shot(0.0, 8.0, 200)], kept_up_s=3.0)
    assert load.throughput == pytest.approx(1.0)
    p99 = load.latency(0.99)
    assert p99 is not None
    assert p99.value == 8.0


def test_a_rate_can_leave_out_how_an_overload_begins() -> None:
    """The first answer takes 5 s, and then there are two a second."""
    load = Load([Shot(0.0, 5.0 + number / 2, 200) for number in range(30)], kept_up_s=19.5)
    assert load.throughput == pytest.approx(30 / 19.5)
    assert load.throughput_after(4) == pytest.approx(2.0)
    assert load.throughput_after(11) == load.throughput


def test_a_closed_loop_keeps_its_clients_busy() -> None:
    with running_app(app()) as url:
        load = closed_loop(url, BODIES, clients=4, min_s=0.3, max_s=5.0, drain_s=5.0)
    assert 0.3 <= load.kept_up_s < 5
    assert len(load.answered) >= 8
    assert load.unfinished == []
    assert load.refused == {}


def test_an_open_loop_sends_what_is_due() -> None:
    with running_app(app()) as url:
        load = open_loop(url, BODIES, rate=40.0, duration_s=0.5, drain_s=5.0, seed=3)
    assert len(load.answered) == len(poisson_arrivals(40.0, 0.5, seed=3))
    assert sorted(shot.due for shot in load.shots) == poisson_arrivals(40.0, 0.5, seed=3)


def test_what_is_not_answered_in_time_is_given_up() -> None:
    with running_app(app()) as url:
        load = closed_loop(url, bodies("/never"), clients=2, min_s=0.1, max_s=0.2, drain_s=0.1)
    assert len(load.unfinished) == 2
    assert all(0.2 < shot.latency < 5 for shot in load.unfinished)


def test_refusals_are_counted_by_status() -> None:
    with running_app(app()) as url:
        load = open_loop(url, bodies("/full"), rate=50.0, duration_s=0.2, drain_s=2.0, seed=1)
    assert load.refused == {"429": len(load.shots)}
    assert load.answered == []


def test_a_wrong_answer_is_an_error() -> None:
    with running_app(app()) as url, pytest.raises(WrongAnswer):
        open_loop(url, bodies("/empty"), rate=50.0, duration_s=0.1, drain_s=2.0, seed=1)


def test_a_server_that_is_not_there_is_counted() -> None:
    load = open_loop(
        f"http://127.0.0.1:{free_port()}", BODIES, rate=50.0, duration_s=0.1, drain_s=2.0, seed=1
    )
    assert load.refused == {"no connection": len(load.shots)}
