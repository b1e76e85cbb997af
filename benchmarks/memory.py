"""`python -m benchmarks.memory`: the memory of a training's driver on data larger than it.

A file is made of the shipped records, with long stack traces and some bad lines, and goes through
what comes before a training in a process of its own: the check, the split and the encoding.
"""

import argparse
import datetime
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import describe, used_percent
from benchmarks.results import FOLDER, Result, Target, bullets, write
from benchmarks.table import number, table
from benchmarks.texts import VOCABULARY

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "bug-summarizer-minilm"
TRAIN = ROOT / "data" / "train.jsonl"
MOST_MB = 1000
BAD_LINES, REPEATED_LINES = 0.01, 0.01
LOG_LINES, FRAMES, POOL = 60, 30, 20_000
"""Lines and frames of a record in the mean, and how many there are to choose from."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write `<date>-memory.md`; with `--measure`, be the process that is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--size-gb", type=float, default=2.0, help="of the file, in 10^9 bytes")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench" / "memory")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the table goes")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.measure is not None:
        print(json.dumps(measure(given.measure, given.folder)))
        return 0
    used_before = used_percent()
    result = run(given.size_gb, given.folder)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    path = write(result, describe(used_before), today, given.results)
    print(path.read_text(encoding="utf-8"))
    return 0


def run(size_gb: float, folder: Path) -> Result:
    """Make the file, measure in another process, and take both away again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        size = make_file(folder / "records.jsonl", int(size_gb * 1e9))
        command = [sys.executable, "-m", "benchmarks.memory", "--folder", str(folder)]
        command += ["--measure", str(folder / "records.jsonl")]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    finally:
        shutil.rmtree(folder)
    return _result(size, json.loads(done.stdout.splitlines()[-1]))


def _result(size: int, measured: dict[str, Any]) -> Result:
    stages = measured["stages"]
    peak = stages[-1]["peak_mb"]
    rows = [[one["stage"], number(one["seconds"]), number(one["peak_mb"])] for one in stages]
    return Result(
        topic="memory",
        title="Data larger than memory",
        conditions=bullets(f"""
            a file of {size / 1e9:.2f} GB with {measured["lines"]:,} lines, of which
            {measured["bad"]:,} are bad; {measured["train"]:,} records to train on,
            {measured["evaluated"]:,} to evaluate on

            the driver is a process that does what `train.py` does until its workers start; the
            records are encoded on Ray; the model is the bundled one; the peak is VmHWM, which
            counts mapped files
        """),
        sections={"The driver": table(["After", "Seconds", "Peak resident MB"], rows)},
        targets=[
            Target(
                f"under {MOST_MB:,} MB of resident memory in the driver",
                f"{number(peak)} MB",
                peak < MOST_MB,
            )
        ],
        raw={"bytes": size, **measured},
    )


def measure(dataset: Path, folder: Path) -> dict[str, Any]:
    """What a run does before its workers start, as `training.runs.run` does it."""
    started = time.monotonic()
    import training.runs.run  # noqa: F401 - what a driver imports counts
    from training.data.data_report import DataReport
    from training.data.parts import DATA_FOLDER, read_parts
    from training.data.token_counter import token_counter
    from training.learning.tasks import load_task
    from training.options import TrainingOptions
    from training.runs.encoding import encode_parts
    from training.runs.fit import ray_for_the_run
    from training.runs.run_folder import RunFolder

    options = TrainingOptions(dataset=(str(dataset),), model=str(MODEL), output=folder / "model")
    stages = [_stage("the imports", started)]
    parts = read_parts(options, folder / "run", token_counter(options.model))
    stages.append(_stage("the check and the split", started))
    with ray_for_the_run():
        stages.append(_stage("the start of Ray", started))
        task = load_task(options, sorted(parts.categories))
        encode_parts(task.encode, RunFolder(folder / "run"), parts)
        stages.append(_stage("the encoding", started))
    content = (folder / "run" / DATA_FOLDER / "check.json").read_bytes()
    (file,) = DataReport.model_validate_json(content).files
    return {
        "lines": file.lines,
        "bad": file.bad,
        "train": len(parts.train),
        "evaluated": len(parts.validation) + len(parts.held_out),
        "stages": stages,
    }


def _stage(name: str, started: float) -> dict[str, Any]:
    stage = {"stage": name, "seconds": time.monotonic() - started, "peak_mb": peak_mb()}
    print(f"{name}: {stage['seconds']:.0f} s, {stage['peak_mb']:.0f} MB", file=sys.stderr)
    return stage


def peak_mb() -> float:
    """The most memory that this process has had resident so far, in 10^6 bytes; on Linux."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def make_file(path: Path, size: int) -> int:
    """Write lines until there are `size` bytes; returns how many there are."""
    written = 0
    with path.open("wb") as file:
        for line in _lines():
            file.write(line)
            written += len(line)
            if written >= size:
                break
    return written


def _lines() -> Iterator[bytes]:
    rng = random.Random(17)
    # Bytes: a text would also be split at what Unicode calls line ends.
    base = [json.loads(line) for line in TRAIN.read_bytes().splitlines()]
    log = [_log_line(rng) for _ in range(POOL)]
    frames = [f"\tat {_frame(rng)}" for _ in range(POOL)]
    last = b""
    while True:
        chance = rng.random()
        if chance < BAD_LINES:
            yield b'{"input": {"description": "It fails."}}\n'
        elif chance < BAD_LINES + REPEATED_LINES and last:
            yield last
        else:
            last = json.dumps(_record(rng, base, log, frames), ensure_ascii=False).encode() + b"\n"
            yield last


def _record(
    rng: random.Random, base: Sequence[dict[str, Any]], log: Sequence[str], frames: Sequence[str]
) -> dict[str, Any]:
    """One of the shipped records, with a log and a trace of its own."""
    record = rng.choice(base)
    logged = "\n".join(rng.choices(log, k=rng.randint(1, 2 * LOG_LINES)))
    trace = "\n".join(rng.choices(frames, k=rng.randint(1, 2 * FRAMES)))
    description = record["input"].get("description") or ""
    return {
        "id": f"made-{rng.getrandbits(64):x}",
        "input": {
            **record["input"],
            "description": f"{description}\n\n{logged}",
            "stacktrace_text": f"java.lang.IllegalStateException: closed\n{trace}",
        },
        "output": record["output"],
    }


def _log_line(rng: random.Random) -> str:
    seconds, *values = rng.choices(range(60), k=13)
    pairs = zip(rng.choices(VOCABULARY, k=12), values, strict=True)
    fields = " ".join(f"{key}={value * 7919}" for key, value in pairs)
    return f"2025-11-06 16:30:{seconds:02} INFO {_frame(rng)} {fields}"


def _frame(rng: random.Random) -> str:
    package, kind, method = rng.choices(VOCABULARY, k=3)
    line = rng.randint(1, 900)
    return f"org.{package}.{kind.capitalize()}.{method}({kind.capitalize()}.java:{line})"


if __name__ == "__main__":
    sys.exit(main())
