"""Topic `extractive`: the bundled model beside the same encoder elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import THREADS, stands
from benchmarks.bodies import our_extractive
from benchmarks.figures import Bounded, Spread, percentile
from benchmarks.models import BUNDLED
from benchmarks.results import Result, Target, bullets
from benchmarks.sources import Sources, read_sources
from benchmarks.stand import Stand
from benchmarks.table import bounded_seconds, number, spread_number, table, times
from benchmarks.worker import workers

OURS = "ours-extractive"
PEERS = ("sentence-transformers", "onnxruntime")
CLIENTS = (1, 8, 32)
OUR_SERVERS = (stands.OUR_SERVICE, stands.OUR_PROCESS)


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds, and the seconds of each measurement."""

    rounds: int
    duration_s: float
    drain_s: float


FULL = Plan(rounds=3, duration_s=5.0, drain_s=10.0)
QUICK = Plan(rounds=1, duration_s=3.0, drain_s=5.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rounds of one contestant with one number of clients."""

    rates: list[float]
    latencies: list[float]
    given_up: list[float] = field(default_factory=list)

    @property
    def rate(self) -> Spread:
        """Reports per second."""
        return Spread.of(self.rates)

    @property
    def p50(self) -> Bounded:
        """The median latency, those of requests that were given up counted as bounds."""
        return percentile(0.5, self.latencies, self.given_up)


Outcomes = dict[str, dict[int, Outcome]]


def run(quick: bool) -> Result:
    """The engines in process, in turns; then the servers, in turns."""
    plan = QUICK if quick else FULL
    sources = read_sources()
    in_process: Outcomes = {}
    with workers((OURS, *PEERS)) as contestants:
        batch_size = contestants[1].call("chosen_batch_size")
        settings = {contestant.name: contestant.settings for contestant in contestants}
        for clients in CLIENTS * plan.rounds:
            for contestant in contestants:
                figures = contestant.call("clients", count=clients, duration_s=plan.duration_s)
                _add(in_process, contestant.name, clients, figures["rate"], figures["latencies"])
    servers = [
        stands.our_service(our_extractive(), {"model": BUNDLED}),
        stands.our_process(our_extractive(), BUNDLED),
        stands.litserve_encoder(sources.texts, sources.width, batch_size),
    ]
    over_http: Outcomes = {}
    for round_number in range(1 if quick else 2):
        for server in servers if round_number % 2 == 0 else reversed(servers):
            settings[server.name] = server.settings
            with Stand(server) as stand:
                for clients in CLIENTS:
                    load = stand.closed(clients, plan.duration_s, 3 * plan.duration_s, plan.drain_s)
                    latencies = [shot.latency for shot in load.answered]
                    given_up = [shot.latency for shot in load.unfinished]
                    _add(over_http, server.name, clients, load.throughput, latencies, given_up)
    return result(settings, sources, in_process, over_http)


def result(
    settings: Mapping[str, str], sources: Sources, in_process: Outcomes, over_http: Outcomes
) -> Result:
    """The tables and verdicts."""
    return Result(
        topic="extractive",
        title="The bundled extractive model beside the same encoder elsewhere",
        conditions=[
            *bullets(f"""
            {len(sources.texts)} held-out reports (`data/held_out.jsonl`) in a fixed random order;
            ours reads {sources.our_tokens:.0f} tokens a report on average, the peers
            {sources.peer_tokens:.0f}: the text that ours has chosen of it, cut at 512 tokens as
            ours is

            ours does all of it: choosing what to read, tokenization, queue, encoder, pointing,
            assembling five fields; a peer tokenizes that text, encodes it and takes the mean

            {THREADS} threads each; in process: a process each, one runs at a time, in turns; so
            many clients are, for a peer, one call with so many texts, cut into batches of the size
            that is fastest here

            HTTP: closed loops, one server at a time, the load generator beside it on the same
            cores; ours with the settings that are shipped
            """),
            *(f"{name}: {text}" for name, text in settings.items()),
        ],
        sections={
            "In process": _table(in_process, OURS),
            "Over HTTP": _table(over_http, stands.OUR_SERVICE),
        },
        targets=[
            *(_target(in_process, OURS, peer, clients) for peer in PEERS for clients in CLIENTS),
            *(
                _target(over_http, ours, "LitServe around sentence-transformers", clients)
                for ours in OUR_SERVERS
                for clients in CLIENTS
            ),
        ],
        raw={
            "settings": settings,
            "in_process": _raw(in_process),
            "over_http": _raw(over_http),
        },
    )


def _add(
    outcomes: Outcomes,
    name: str,
    clients: int,
    rate: float,
    latencies: list[float],
    given_up: Sequence[float] = (),
) -> None:
    outcome = outcomes.setdefault(name, {}).setdefault(clients, Outcome([], []))
    outcome.rates.append(rate)
    outcome.latencies.extend(latencies)
    outcome.given_up.extend(given_up)
    print(f"  {name}, {clients} clients: {number(rate)}/s", flush=True)


def _table(outcomes: Outcomes, ours: str) -> str:
    header = ["Contestant", "Clients", "Reports/s", "p50", f"{ours} does"]
    rows = [
        [
            name,
            str(clients),
            spread_number(outcome.rate),
            bounded_seconds(outcome.p50),
            times(outcomes[ours][clients].rate.median / outcome.rate.median),
        ]
        for clients in CLIENTS
        for name, by_clients in outcomes.items()
        for outcome in (by_clients[clients],)
    ]
    return table(header, rows)


def _target(outcomes: Outcomes, ours: str, peer: str, clients: int) -> Target:
    our, their = outcomes[ours][clients], outcomes[peer][clients]
    return Target(
        f"{ours}, {clients} clients: ahead of {peer} in reports/s and p50",
        f"{number(our.rate.median)} against {number(their.rate.median)} reports/s, p50 "
        f"{bounded_seconds(our.p50)} against {bounded_seconds(their.p50)}",
        our.rate.median > their.rate.median
        and our.p50.value < their.p50.value
        and not our.p50.at_least,
    )


def _raw(outcomes: Outcomes) -> dict[str, Any]:
    return {
        name: {
            str(clients): {
                "rates": outcome.rates,
                "latencies_s": [round(latency, 5) for latency in outcome.latencies],
            }
            for clients, outcome in by_clients.items()
        }
        for name, by_clients in outcomes.items()
    }
