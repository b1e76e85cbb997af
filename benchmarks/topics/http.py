"""Topic `http`: the abstractive model behind our service and behind the peers' servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import stands
from benchmarks.bodies import our_abstractive
from benchmarks.http_report import Level, Measured, result
from benchmarks.load import Load
from benchmarks.models import seq2seq_folder
from benchmarks.results import Result
from benchmarks.servers import Server
from benchmarks.stand import Stand


@dataclass(frozen=True, slots=True)
class Plan:
    """How long each load is kept up. Closed loops go on to `max_s` while answers are few.

    An overload lasts `overload_s`, in which our queue fills up, and up to `overload_drain_s` more
    for what was accepted, which is more than our queue should take to empty.
    """

    rounds: int
    clients: Sequence[int]
    shares: Sequence[float]
    min_s: float
    max_s: float
    open_s: float
    overload_s: float
    drain_s: float
    overload_drain_s: float
    at_our_capacity: bool


FULL = Plan(
    rounds=2,
    clients=(1, 8, 32, 128),
    shares=(0.5, 0.8, 2.0),
    min_s=6.0,
    max_s=40.0,
    open_s=24.0,
    overload_s=60.0,
    drain_s=30.0,
    overload_drain_s=60.0,
    at_our_capacity=True,
)
QUICK = Plan(
    rounds=1,
    clients=(1, 32),
    shares=(2.0,),
    min_s=3.0,
    max_s=8.0,
    open_s=4.0,
    overload_s=8.0,
    drain_s=6.0,
    overload_drain_s=45.0,
    at_our_capacity=False,
)


def contestants() -> list[Server]:
    """Ours, as shipped, in two ways; then the peers."""
    model = seq2seq_folder()
    return [
        stands.our_service(our_abstractive(), {"model": model}),
        stands.our_process(our_abstractive(), model),
        stands.plain_fastapi(),
        stands.litserve_generate(),
        stands.serve_batch(),
    ]


def run(quick: bool) -> Result:
    """Closed loops in every round, and open loops in the last, when all capacities are known."""
    plan = QUICK if quick else FULL
    servers = contestants()
    measured: Measured = {server.name: {} for server in servers}
    for number in range(plan.rounds):
        # Forwards and backwards, so that nobody always follows the same one.
        for server in servers if number % 2 == 0 else reversed(servers):
            last = number == plan.rounds - 1
            with Stand(server) as stand:
                _closed_loops(plan, stand, measured)
                if last:
                    _open_loops(plan, stand, measured)
    settings = {server.name: server.settings for server in servers}
    return result(
        settings,
        measured,
        closed_for=f"from {plan.min_s:g} s to {plan.max_s:g} s",
        open_for=f"{plan.open_s:g} s, in overload {plan.overload_s:g} s",
        replicas=stands.our_replicas(),
    )


def capacity(measured: Measured, name: str) -> float:
    """The throughput of a contestant in that closed loop whose median over the rounds is highest.

    The best single round would be luck, which no load after it could have again.
    """
    return max(
        (
            median(load.throughput for load in loads)
            for level, loads in measured[name].items()
            if level.clients
        ),
        default=0.0,
    )


def _closed_loops(plan: Plan, stand: Stand, measured: Measured) -> None:
    for clients in plan.clients:
        load = stand.closed(clients, plan.min_s, plan.max_s, plan.drain_s)
        _record(measured, stand.server.name, Level(clients=clients), load)


def _open_loops(plan: Plan, stand: Stand, measured: Measured) -> None:
    name = stand.server.name
    bases = {"its": capacity(measured, name)}
    if plan.at_our_capacity:
        bases["our"] = capacity(measured, stands.OUR_SERVICE)
    for whose, base in bases.items():
        for share in plan.shares:
            if base <= 0:
                continue
            rate = share * base
            duration_s, drain_s = (
                (plan.overload_s, plan.overload_drain_s)
                if share > 1
                else (plan.open_s, plan.drain_s)
            )
            load = stand.open(rate, duration_s, drain_s, seed=1)
            _record(measured, name, Level(share=share, whose=whose, rate=rate), load)


def _record(measured: Measured, name: str, level: Level, load: Load) -> None:
    measured[name].setdefault(level, []).append(load)
    print(f"  {name}, {level.label}: {load.throughput:.3g}/s", flush=True)
