"""Topic `train`: our training loop beside Seq2SeqTrainer, workers beside one, Ray beside none."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import THREADS
from benchmarks.figures import Spread
from benchmarks.models import BUILD, BUNDLED, RECORDS, ROOT
from benchmarks.results import Result, Target, bullets
from benchmarks.table import TIMES, number, spread_number, spread_seconds, table, times
from benchmarks.worker import ENVIRONMENT, Worker, workers

OURS = "ours-learning"
PEERS = ("seq2seq-trainer", "seq2seq-trainer-tuned")
RECORDS_PER_ROUND, QUICK_RECORDS = 64, 24
ROUNDS, QUICK_ROUNDS = 3, 1
PEER_TARGET, WORKERS_TARGET = 1.5, 1.6
RUN_RECORDS, QUICK_RUN_RECORDS = 128, 40
PLAIN, ONE, TWO = "plain torch, one thread", "Ray, one worker", "Ray, two workers"
FOLDER = BUILD / "train"


@dataclass(frozen=True, slots=True)
class Timed:
    """A run: seconds from its start to the end of its first step, and then examples per second."""

    first_step_s: float
    examples_per_s: float


def run(quick: bool) -> Result:
    """All in turns."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    rates: dict[str, list[float]] = {}
    count = QUICK_RECORDS if quick else RECORDS_PER_ROUND
    with workers((OURS, *PEERS)) as contestants:
        settings = {contestant.name: contestant.settings for contestant in contestants}
        for round_number in range(rounds):
            for contestant in contestants:
                rates.setdefault(contestant.name, []).append(
                    _learn(contestant, round_number, count)
                )
    runs: dict[str, list[Timed]] = {PLAIN: [], ONE: [], TWO: []}
    for _ in range(rounds):
        for name, timed in runs.items():
            timed.append(_timed(name, QUICK_RUN_RECORDS if quick else RUN_RECORDS))
            print(f"  {name}: {timed[-1]}", flush=True)
    return result(settings, rates, runs)


def _learn(contestant: Worker, round_number: int, count: int) -> float:
    rate = float(contestant.call("learn", round_number=round_number, count=count))
    print(f"  {contestant.name}: {number(rate)} examples/s", flush=True)
    return rate


def _timed(name: str, records: int) -> Timed:
    """A run of a process of its own, by what it wrote into its file of events."""
    from training.learning.events import EventReader, Step

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    shared = ["--dataset", str(RECORDS), "--model", str(BUNDLED), "--max-records", str(records)]
    if name == PLAIN:
        command = ["-m", "benchmarks.plain_training", "--folder", str(FOLDER / "runs" / "plain")]
    else:
        count = "1" if name == ONE else "2"
        command = ["train.py", "--output", str(FOLDER / "model"), "--epochs", "1", "--no-cuda"]
        command += ["--runs-folder", str(FOLDER / "runs"), "--max-eval-records", "8"]
        command += ["--num-workers", count, "--cpus-per-worker", "1"]
    with (BUILD / "logs" / "train.log").open("w", encoding="utf-8") as log:
        started = time.time()
        subprocess.run(
            [sys.executable, *command, *shared],
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=True,
        )
    (path,) = (FOLDER / "runs").glob("*/events.jsonl")
    steps = [event for event in EventReader(Path(path)).new() if isinstance(event, Step)]
    examples = sum(step.examples for step in steps[1:])
    return Timed(steps[0].time - started, examples / (steps[-1].time - steps[0].time))


def result(
    settings: Mapping[str, str],
    rates: Mapping[str, Sequence[float]],
    runs: Mapping[str, Sequence[Timed]],
) -> Result:
    """The tables and verdicts of the raw figures."""
    rate = {name: Spread.of(values) for name, values in rates.items()}
    steady = {
        name: Spread.of([one.examples_per_s for one in timed]) for name, timed in runs.items()
    }
    first = {name: Spread.of([one.first_step_s for one in timed]) for name, timed in runs.items()}
    peers = [
        [name, spread_number(rate[name]), times(rate[OURS].median / rate[name].median)]
        for name in rate
    ]
    whole = [
        [
            name,
            spread_seconds(first[name]),
            spread_number(steady[name]),
            times(steady[name].median / steady[ONE].median),
        ]
        for name in runs
    ]
    return Result(
        topic="train",
        title="Training beside Seq2SeqTrainer, on Ray and without",
        conditions=[
            *bullets(f"""
            the model beside the trainer: flan-T5-small's shape with random weights (60.5 M
            parameters) and a tokenizer made from the shipped records; each round learns once from
            {RECORDS_PER_ROUND} records of data/train.jsonl, the same for all, in batches of 8, in
            float32 with AdamW; {THREADS} threads; the first step does not count

            ours learns five targets per report, a sentence's marker where the annotation is a
            sentence of the report; the trainer one JSON text with all fields, as far as it has no
            more than 320 tokens; sources have at most 512

            the runs: the bundled model on {RUN_RECORDS} records, one thread per worker, batches of
            8 per worker; `train.py` as a user starts it, and the same stages and loop in one
            process without Ray

            medians of {len(rates[OURS])} rounds beside the trainer, and of {len(runs[ONE])} for the
            runs, in turns, in brackets the lowest and highest
            """),
            *(f"{name}: {text}" for name, text in settings.items()),
        ],
        sections={
            "Examples per second": table(["Contestant", "Examples/s", "Ours does"], peers),
            "Runs": table(
                ["Run", "Start to the first step", "Examples/s after it", "Of one worker"], whole
            ),
        },
        targets=[
            *(_peer_target(name, rate) for name in PEERS),
            _workers_target(steady),
        ],
        raw={
            "settings": settings,
            "examples_per_s": rates,
            "runs": {name: [_raw(one) for one in timed] for name, timed in runs.items()},
        },
    )


def _raw(one: Timed) -> dict[str, Any]:
    return {"first_step_s": one.first_step_s, "examples_per_s": one.examples_per_s}


def _peer_target(name: str, rate: Mapping[str, Spread]) -> Target:
    ratio = rate[OURS].median / rate[name].median
    return Target(
        f"at least {PEER_TARGET:g} {TIMES} the examples/s of {name}",
        times(ratio),
        ratio >= PEER_TARGET,
    )


def _workers_target(steady: Mapping[str, Spread]) -> Target:
    ratio = steady[TWO].median / steady[ONE].median
    return Target(
        f"two workers of one thread each: at least {WORKERS_TARGET:g} {TIMES} one of one thread",
        times(ratio),
        ratio >= WORKERS_TARGET,
    )
