"""Topic `overhead`: HTTP and Ray alone, with an engine that answers at once."""

from collections.abc import Mapping

from benchmarks import stands
from benchmarks.bodies import our_mock
from benchmarks.figures import Spread, percentile
from benchmarks.load import Load
from benchmarks.results import Result, bullets
from benchmarks.servers import Server
from benchmarks.stand import Stand
from benchmarks.table import bounded_seconds, number, spread_number, table, times

CLIENTS = (1, 8, 32)
ROUNDS = 2
DURATION_S, QUICK_DURATION_S = 5.0, 2.0
DRAIN_S = 5.0
WITH_HAPROXY = "ours, Ray Serve with HAProxy"
FOR_THROUGHPUT = "ours, Ray Serve with HAProxy, for throughput"
PEER = "LitServe"

Measured = dict[str, dict[int, list[Load]]]


def contestants() -> list[Server]:
    """Ours with the mock engine in four ways, and LitServe with a mock."""
    mock = {"engine": "mock"}
    return [
        stands.our_process(our_mock(), None),
        stands.our_service(our_mock(), mock),
        stands.our_service(our_mock(), mock, WITH_HAPROXY, stands.HAPROXY),
        stands.our_service(our_mock(), mock, FOR_THROUGHPUT, stands.THROUGHPUT),
        stands.litserve_mock(),
    ]


def run(quick: bool) -> Result:
    """Closed loops, forwards and backwards through the contestants."""
    rounds = 1 if quick else ROUNDS
    duration_s = QUICK_DURATION_S if quick else DURATION_S
    servers = contestants()
    measured: Measured = {server.name: {clients: [] for clients in CLIENTS} for server in servers}
    for number_ in range(rounds):
        for server in servers if number_ % 2 == 0 else reversed(servers):
            with Stand(server) as stand:
                for clients in CLIENTS:
                    load = stand.closed(clients, duration_s, duration_s, DRAIN_S)
                    measured[server.name][clients].append(load)
                    print(f"  {server.name}, {clients}: {load.throughput:.4g}/s", flush=True)
    return result({server.name: server.settings for server in servers}, measured, duration_s)


def result(settings: Mapping[str, str], measured: Measured, duration_s: float) -> Result:
    """The table."""
    rounds = len(measured[PEER][1])
    return Result(
        topic="overhead",
        title="HTTP and Ray alone",
        conditions=[
            *bullets(f"""
            the mock engine: a request is parsed, checked, queued and answered with fixed texts;
            LitServe parses JSON, checks nothing and answers with as many bytes

            closed loops of {number(duration_s)} s, {rounds} round(s) forwards and backwards; one
            server at a time, the load generator (one asyncio process) beside it on the same cores;
            medians, in brackets lowest and highest; percentiles over the requests of all rounds
            """),
            *(f"{name}: {text}" for name, text in settings.items()),
        ],
        sections={"Requests/s and latency": _table(measured)},
        targets=[],
        raw={
            "settings": settings,
            "loads": {
                name: {
                    str(clients): [_raw(load) for load in loads]
                    for clients, loads in by_clients.items()
                }
                for name, by_clients in measured.items()
            },
        },
    )


def _p(share: float, loads: list[Load]) -> str:
    latencies = [shot.latency for load in loads for shot in load.answered]
    return bounded_seconds(percentile(share, latencies))


def _rate(loads: list[Load]) -> Spread:
    return Spread.of([load.throughput for load in loads])


def _table(measured: Measured) -> str:
    rows = [
        [
            name,
            str(clients),
            spread_number(_rate(loads)),
            times(_rate(loads).median / _rate(measured[PEER][clients]).median),
            _p(0.5, loads),
            _p(0.99, loads),
            str(sum(len(load.shots) - len(load.answered) for load in loads)),
        ]
        for clients in CLIENTS
        for name, by_clients in measured.items()
        for loads in (by_clients[clients],)
    ]
    return table(
        ["Contestant", "Clients", "Requests/s", "Of LitServe's", "p50", "p99", "Not answered"], rows
    )


def _raw(load: Load) -> dict[str, object]:
    latencies = [shot.latency for shot in load.answered]
    return {
        "requests_per_s": load.throughput,
        "answered": len(latencies),
        "p50_s": percentile(0.5, latencies).value,
        "p99_s": percentile(0.99, latencies).value,
        "refused": load.refused,
    }
