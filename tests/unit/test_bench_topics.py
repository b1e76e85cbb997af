from typing import Any

import pytest

from benchmarks.bodies import our_extractive
from benchmarks.gpu import compare
from benchmarks.http_report import Level, Measured, Outcome
from benchmarks.http_report import result as http_result
from benchmarks.load import Load, Shot
from benchmarks.models import BUNDLED, ROOT
from benchmarks.results import Result
from benchmarks.sources import Sources
from benchmarks.stands import OUR_PROCESS, OUR_SERVICE, our_service
from benchmarks.topics import engine, extractive, limits, overhead
from benchmarks.topics import train as training
from benchmarks.topics.http import capacity

LITSERVE = "LitServe around sentence-transformers"


def verdicts(result: Result) -> dict[str, bool]:
    return {target.claim: target.met for target in result.targets}


def steady(
    rate: float, latency: float, *, refused: int = 0, status: int = 429, unfinished: int = 0
) -> Load:
    """Ten seconds of answers at a rate."""
    ends = [(number + 1) / rate for number in range(int(10 * rate))]
    shots = [Shot(end - latency, end, 200) for end in ends]
    shots += [Shot(10.0, 10.0, status)] * refused
    shots += [Shot(10.0, 10.0 + 2 * latency, None)] * unfinished
    return Load(shots, kept_up_s=10.0)


def test_engines_are_compared_by_their_medians() -> None:
    names = (engine.OURS, *engine.PEERS)
    lone = dict(zip(names, [[0.1, 9.0, 0.1], [0.9] * 3, [0.5] * 3, [0.7] * 3], strict=True))
    saturated = dict(zip(names, [[18.0], [6.0], [10.0], [10.1]], strict=True))
    result = engine.result(dict.fromkeys(names, "set"), lone, saturated)
    assert list(verdicts(result).values()) == [True, False, True, True, True, False]
    table = result.sections["Latency and throughput"]
    assert (
        "| transformers | 900 ms (900 ms\N{EN DASH}900 ms) | 9.00 \N{MULTIPLICATION SIGN}" in table
    )


def measured(ours: Load, peer: Load, level: Level) -> Measured:
    return {
        OUR_SERVICE: {level: [ours, ours]},
        OUR_PROCESS: {level: [ours, ours]},
        "peer": {level: [peer, peer]},
    }


@pytest.mark.parametrize(
    ("peer", "ahead"),
    [
        (steady(5, 2.0), True),
        (steady(20, 0.5), False),
        (steady(5, 0.5), False),
        (steady(0.4, 20.0, unfinished=8), True),
        (Load([Shot(0.0, 30.0, None)], kept_up_s=10.0), True),
    ],
    ids=["behind", "more answers", "sooner answers", "mostly given up", "all given up"],
)
def test_ahead_is_more_and_sooner(peer: Load, ahead: bool) -> None:
    level = Level(clients=8)
    result = http_result({}, measured(steady(10, 1.0), peer, level), "8 s", "12 s", replicas=1)
    assert list(verdicts(result).values()) == [ahead]
    assert list(result.sections) == ["closed loop, 8 clients"]


def test_an_unfinished_percentile_is_not_ahead() -> None:
    level = Level(clients=1)
    ours = Outcome(level, [steady(10, 1.0, unfinished=500)])
    assert not ours.is_ahead_of(Outcome(level, [steady(5, 9.0)]))


@pytest.mark.parametrize(
    ("ours", "met"),
    [
        (steady(10, 1.0, refused=100), [True, True, True]),
        (steady(5, 1.0, refused=100), [False, True, True]),
        (steady(10, 1.0), [True, False, True]),
        (steady(10, 1.0, refused=100, unfinished=1), [True, False, True]),
        (steady(10, 1.0, refused=100, status=500), [True, False, True]),
        (steady(10, 20.0, refused=100), [True, True, False]),
    ],
    ids=["as it should be", "slower", "nothing refused", "some unanswered", "errors", "late"],
)
def test_overload_must_be_refused_at_full_throughput(ours: Load, met: list[bool]) -> None:
    level = Level(share=2.0, whose="its", rate=20.0)
    result = http_result({}, measured(ours, steady(1, 9.0), level), "8 s", "12 s", replicas=1)
    assert list(verdicts(result).values())[1:4] == met
    cells = result.sections["open loop, 200% of its capacity"].splitlines()[2]
    assert cells.startswith(f"| {OUR_SERVICE} | 20.0 | ")


def test_every_replica_has_a_queue() -> None:
    level = Level(share=2.0, whose="its", rate=20.0)
    levels = measured(steady(10, 20.0, refused=100), steady(1, 9.0), level)
    verdict = [
        list(verdicts(http_result({}, levels, "8 s", "12 s", replicas=replicas)).values())[3]
        for replicas in (1, 2)
    ]
    assert verdict == [False, True]


def test_capacity_is_the_median_of_the_best_closed_loop() -> None:
    loads = {
        Level(clients=1): [steady(2, 0.5)],
        Level(clients=8): [steady(5, 0.5), steady(4, 0.5), steady(9, 0.5)],
        Level(share=2.0, whose="its", rate=9.0): [steady(9, 0.5)],
    }
    assert capacity({"peer": loads}, "peer") == pytest.approx(5.0)
    assert capacity({"peer": {}}, "peer") == 0.0


def test_extractive_must_be_ahead_in_rate_and_latency() -> None:
    def outcome(rate: float, latency: float) -> dict[int, extractive.Outcome]:
        return {clients: extractive.Outcome([rate], [latency]) for clients in extractive.CLIENTS}

    result = extractive.result(
        {},
        Sources(["a text"], 100.0, 99.0, 384),
        {
            extractive.OURS: outcome(10.0, 1.0),
            "sentence-transformers": outcome(5.0, 2.0),
            "onnxruntime": outcome(5.0, 0.5),
        },
        {
            OUR_SERVICE: outcome(10.0, 1.0),
            OUR_PROCESS: outcome(3.0, 1.0),
            LITSERVE: outcome(5.0, 2.0),
        },
    )
    assert list(verdicts(result).values()) == [True] * 3 + [False] * 3 + [True] * 3 + [False] * 3
    assert (
        "| onnxruntime | 8 | 5.00 | 500 ms | 2.00 \N{MULTIPLICATION SIGN} |"
        in (result.sections["In process"])
    )


def test_overhead_is_a_ratio_at_every_level() -> None:
    fast, slow = [steady(100, 0.01)], [steady(50, 0.02)]
    result = overhead.result(
        {},
        {
            OUR_PROCESS: dict.fromkeys(overhead.CLIENTS, fast),
            overhead.PEER: dict.fromkeys(overhead.CLIENTS, slow),
        },
        10.0,
    )
    lines = result.sections["Requests/s and latency"].splitlines()
    assert len(lines) == 2 + 2 * 3
    assert lines[2].startswith(
        f"| {OUR_PROCESS} | 1 | 100 | 2.00 \N{MULTIPLICATION SIGN} | 10.0 ms "
    )
    assert result.targets == []


def test_training_is_held_against_its_peers_and_against_one_worker() -> None:
    rates = {training.OURS: [3.0, 9.0, 3.0], training.PEERS[0]: [2.0], training.PEERS[1]: [2.5]}
    runs = {
        training.PLAIN: [training.Timed(10.0, 4.0)],
        training.ONE: [training.Timed(30.0, 4.0)],
        training.TWO: [training.Timed(40.0, 6.0), training.Timed(50.0, 7.0)],
    }
    result = training.result(dict.fromkeys(rates, "set"), rates, runs)
    assert list(verdicts(result).values()) == [True, False, True]
    assert "| Ray, two workers | 45.0 s (40.0 s" in result.sections["Runs"]


def test_limits_are_shares_of_what_was_measured() -> None:
    replica: dict[str, Any] = {
        "kind": "extractive",
        "server": OUR_PROCESS,
        "start_up_s": 4.0,
        "replica_ready_bytes": 2**29,
        "replica_loaded_bytes": 2**30,
        "all_loaded_bytes": 2**30,
    }
    result = limits.result(
        "int8",
        {"float32": 1e11, "int8": 2.0 * 12_079_595_520, "read": 1e10, "copy": 1e10},
        {
            "reports": 16,
            "admit_one_s": 1.0,
            "admit_many_s": 10.0,
            "step_one_s": 0.01,
            "step_many_s": 0.1,
        },
        [replica],
    )
    encoding = result.sections["The abstractive engine"].splitlines()
    assert encoding[2].endswith("| 50% of the int8 peak |")
    assert encoding[3].endswith("| 80% of the int8 peak |")
    assert encoding[4].endswith("of the read bandwidth |")
    assert "| 4.00 s | 512 MiB | 1,024 MiB | 1,024 MiB |" in result.sections["A replica"]


def test_answers_are_compared_field_by_field_and_word_by_word() -> None:
    text = compare([["a", "b"], ["c", "d"]], [["a", "b"], ["c", "x"]])
    assert text.startswith(
        "1 of 2 fields are the same to the last token; 100% begin with the same token, and on "
        "average the first 1.50 tokens"
    )


def test_results_do_not_say_where_the_project_lies() -> None:
    server = our_service(our_extractive(), {"model": BUNDLED})
    assert "models/bug-summarizer-minilm" in server.settings
    assert str(ROOT) not in server.settings
    for result in (ROOT / "benchmarks" / "results").iterdir():
        assert "model: /" not in result.read_text(encoding="utf-8"), result
