"""What came of the HTTP topic as tables and verdicts. Nothing here measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.figures import Bounded, Spread, percentile
from benchmarks.load import OK, Load
from benchmarks.results import Result, Target, bullets
from benchmarks.stands import OUR_PROCESS, OUR_SERVICE
from benchmarks.table import TIMES, bounded_seconds, number, seconds, share, spread_number, table
from benchmarks.texts import FIELD_TOKENS, FIELDS, SOURCE_TOKENS, TARGET_TOKENS
from deployments.settings import Settings

OURS = (OUR_SERVICE, OUR_PROCESS)
OVERLOAD = 2.0
KEPT_SHARE = 0.9
"""Of its capacity, in overload; the two loops are measured with some noise."""

QUEUE_MARGIN = 0.2


@dataclass(frozen=True, slots=True)
class Level:
    """A closed loop of `clients`, or an open loop at a `share` of somebody's capacity.

    `rate` is that share in requests per second; it is not what makes levels different.
    """

    clients: int = 0
    share: float = 0.0
    whose: str = ""
    rate: float = 0.0

    @property
    def key(self) -> tuple[int, str, float]:
        """What the contestants have in common."""
        return (self.clients, self.whose, self.share)

    @property
    def label(self) -> str:
        """A name for people."""
        if self.clients:
            return f"closed loop, {self.clients} client{'s' if self.clients > 1 else ''}"
        return f"open loop, {share(self.share)} of {self.whose} capacity"


Measured = dict[str, dict[Level, list[Load]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rounds of one contestant at one level."""

    level: Level
    loads: Sequence[Load]

    @property
    def throughput(self) -> Spread:
        """Answers per second."""
        return Spread.of([load.throughput for load in self.loads])

    def latency(self, of: float) -> Bounded | None:
        """A percentile over the requests of all rounds."""
        answered = [shot.latency for load in self.loads for shot in load.answered]
        cut = [shot.latency for load in self.loads for shot in load.unfinished]
        return percentile(of, answered, cut) if answered or cut else None

    @property
    def refused(self) -> dict[str, int]:
        """How often each status other than 200 was answered."""
        total: dict[str, int] = {}
        for load in self.loads:
            for status, times in load.refused.items():
                total[status] = total.get(status, 0) + times
        return total

    def cells(self) -> list[str]:
        """The figures of one line of a table."""
        answered = sum(len(load.answered) for load in self.loads)
        unfinished = sum(len(load.unfinished) for load in self.loads)
        refused = ", ".join(f"{times} {TIMES} {status}" for status, times in self.refused.items())
        return [
            number(self.level.rate) if self.level.rate else "",
            spread_number(self.throughput),
            _seconds(self.latency(0.5)),
            _seconds(self.latency(0.99)),
            str(answered),
            refused or "0",
            str(unfinished),
        ]

    def is_ahead_of(self, other: "Outcome") -> bool:
        """More answers per second, and sooner ones: half of them and nearly all.

        One that answered nothing at all is behind any that did.
        """
        if not any(load.answered for load in other.loads):
            return self.throughput.median > 0
        return self.throughput.median > other.throughput.median and all(
            _is_sooner(self.latency(of), other.latency(of)) for of in (0.5, 0.99)
        )


def result(
    settings: Mapping[str, str],
    measured: Measured,
    closed_for: str,
    open_for: str,
    replicas: int,
) -> Result:
    """The tables, one per level, and the verdicts.

    `closed_for` and `open_for` say how long a load lasted, `replicas` how many our service has.
    """
    outcomes = {
        name: {level.key: Outcome(level, loads) for level, loads in levels.items()}
        for name, levels in measured.items()
    }
    keys = {key: outcome.level for levels in outcomes.values() for key, outcome in levels.items()}
    rounds = max(len(loads) for levels in measured.values() for loads in levels.values())
    return Result(
        topic="http",
        title="The abstractive model over HTTP",
        conditions=[
            *bullets(f"""
            the same random weights as in the topic `engine`; every request is a report of
            {SOURCE_TOKENS} tokens that was not sent before, the answer {FIELDS} fields of
            {FIELD_TOKENS} tokens for ours and {TARGET_TOKENS} tokens for a peer, and its length is
            checked; `Cache-Control: no-cache`

            one server at a time, with the load generator (one asyncio process, aiohttp) beside it
            on the same cores

            closed loops: {rounds} round(s), forwards and backwards through the contestants; each
            {closed_for}; medians, in brackets lowest and highest; answers/s from when each client
            has had its first one, where each gets a second, and else from the start

            open loops: Poisson arrivals with a fixed seed for {open_for}; answers/s from the
            start, latency from when a request was due

            p50 and p99 over the requests of all rounds that were answered with 200, and over those
            that were given up unanswered when the time was over: `>` where a percentile falls among
            these

            capacity: the median throughput of a contestant in the closed loop where that is
            highest; `our` is that of `{OUR_SERVICE}`, which has {replicas} replica(s), each with a
            queue of its own
            """),
            *(f"{name}: {text}" for name, text in settings.items()),
        ],
        sections={level.label: _table(outcomes, key) for key, level in keys.items()},
        targets=[
            *(_ahead(outcomes, key, level) for key, level in keys.items()),
            *_overload(OUR_SERVICE, outcomes[OUR_SERVICE], replicas),
            *_overload(OUR_PROCESS, outcomes[OUR_PROCESS], replicas=1),
        ],
        raw={"settings": settings, "levels": _raw(outcomes)},
    )


def _table(
    outcomes: Mapping[str, Mapping[tuple[int, str, float], Outcome]], key: tuple[int, str, float]
) -> str:
    header = [
        "Contestant",
        "Offered/s",
        "Answers/s",
        "p50",
        "p99",
        "Answered",
        "Refused",
        "Given up",
    ]
    rows = [[name, *levels[key].cells()] for name, levels in outcomes.items() if key in levels]
    return table(header, rows)


def _ahead(
    outcomes: Mapping[str, Mapping[tuple[int, str, float], Outcome]],
    key: tuple[int, str, float],
    level: Level,
) -> Target:
    here = {name: levels[key] for name, levels in outcomes.items() if key in levels}
    peers = {name: outcome for name, outcome in here.items() if name not in OURS}
    behind = [
        f"{ours} behind {peer}"
        for ours in OURS
        for peer, outcome in peers.items()
        if ours not in here or not here[ours].is_ahead_of(outcome)
    ]
    best = max((outcome.throughput.median for outcome in peers.values()), default=0.0)
    figures = " and ".join(number(here[name].throughput.median) for name in OURS if name in here)
    reached = f"{figures} answers/s, best peer {number(best)}"
    return Target(
        f"{level.label}: ahead of every peer in answers/s, p50 and p99",
        "; ".join([reached, *behind]),
        bool(peers) and not behind,
    )


def _overload(
    name: str, levels: Mapping[tuple[int, str, float], Outcome], replicas: int
) -> list[Target]:
    over = levels.get((0, "its", OVERLOAD))
    if over is None:
        return []
    capacity = over.level.rate / OVERLOAD
    limits = Settings(engine="mock").limits
    at_once = replicas * limits.max_batch_size
    kept = median(load.throughput_after(at_once) for load in over.loads) / capacity
    others = {status: times for status, times in over.refused.items() if status != "429"}
    unfinished = sum(len(load.unfinished) for load in over.loads)
    full_queue_s = (replicas * limits.max_waiting + at_once) / capacity
    p99 = over.latency(0.99)
    return [
        Target(
            f"{name} at twice its capacity: at least {share(KEPT_SHARE)} of its throughput, from "
            "when as many are answered as run at once",
            share(kept),
            kept >= KEPT_SHARE,
        ),
        Target(
            f"{name} at twice its capacity: all is answered, with 200 or with 429",
            f"{over.refused.get('429', 0)} {TIMES} 429, {sum(others.values())} others, "
            f"{unfinished} unanswered",
            not others and not unfinished and "429" in over.refused,
        ),
        Target(
            f"{name} at twice its capacity: p99 of the accepted within what full queues take, "
            f"{seconds(full_queue_s)}, and {share(QUEUE_MARGIN)} more",
            _seconds(p99),
            p99 is not None and not p99.at_least and p99.value <= full_queue_s * (1 + QUEUE_MARGIN),
        ),
    ]


def _is_sooner(ours: Bounded | None, theirs: Bounded | None) -> bool:
    if ours is None or ours.at_least:
        return False
    return theirs is not None and ours.value < theirs.value


def _seconds(percentile_: Bounded | None) -> str:
    return "none answered" if percentile_ is None else bounded_seconds(percentile_)


def _raw(
    outcomes: Mapping[str, Mapping[tuple[int, str, float], Outcome]],
) -> list[dict[str, Any]]:
    return [
        {
            "contestant": name,
            "level": outcome.level.label,
            "offered_per_s": outcome.level.rate or None,
            "throughput_per_s": [load.throughput for load in outcome.loads],
            "kept_up_s": [load.kept_up_s for load in outcome.loads],
            "latencies_s": [
                [round(shot.latency, 4) for shot in load.shots if shot.status == OK]
                for load in outcome.loads
            ],
            "given_up_after_s": [
                [round(shot.latency, 4) for shot in load.unfinished] for load in outcome.loads
            ],
            "refused": outcome.refused,
        }
        for name, levels in outcomes.items()
        for outcome in levels.values()
    ]
