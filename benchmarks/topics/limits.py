"""Topic `limits`: how far the machine's own limits are, and what a replica costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import THREADS, stands
from benchmarks.bodies import Bodies, our_abstractive, our_extractive
from benchmarks.models import BUNDLED, seq2seq_folder
from benchmarks.results import Result, bullets
from benchmarks.stand import Stand
from benchmarks.table import number, seconds, share, table
from benchmarks.texts import FIELD_TOKENS, SOURCE_TOKENS
from benchmarks.work import encode_operations, step_bytes
from benchmarks.worker import Worker

REPLICA = "ray::ServeReplica:bug-summarizer:Summarizer"
LOAD_CLIENTS, LOAD_S, QUICK_LOAD_S, DRAIN_S = 32, 10.0, 3.0, 20.0
GIGA, MEGA = 1e9, 2**20


def run(quick: bool) -> Result:
    """The machine and the engine's parts in one process; then the servers, one after another."""
    with Worker("limits") as worker:
        precision = worker.settings
        peaks = worker.call("peaks")
        parts = worker.call("parts")
    load_s = QUICK_LOAD_S if quick else LOAD_S
    replicas = [
        _replica(kind, model, bodies, served, load_s)
        for kind, model, bodies in (
            ("extractive", BUNDLED, our_extractive()),
            ("abstractive", seq2seq_folder(), our_abstractive()),
        )
        for served in (False, True)
    ]
    return result(precision, peaks, parts, replicas)


def result(
    precision: str,
    peaks: Mapping[str, float],
    parts: Mapping[str, Any],
    replicas: list[Mapping[str, Any]],
) -> Result:
    """The tables."""
    return Result(
        topic="limits",
        title="How far the machine's limits are",
        conditions=[
            *bullets(f"""
            {THREADS} threads; peaks: the fastest of several products of square matrices (float32:
            `torch.mm`; int8: oneDNN and FBGEMM), and a sum and a copy of 512 MiB

            the abstractive engine in {precision} with the random model, reports of {SOURCE_TOKENS}
            tokens; medians. The operations are those of the matrix products and of attention, the
            bytes those of the weights and of keys and values, both counted from the model's shape
            (`benchmarks/work.py`); norms, quantization and whatever else takes time are not counted

            a lone step's weights are {number(step_bytes(precision, 0, 0) / MEGA)} MiB, which a
            large cache holds in part

            replicas: resident memory when ready and after {LOAD_CLIENTS} clients; start-up from the
            start of the process to the first answered report; for Ray Serve with the whole cluster,
            of which a replica is one process, the largest of them where there are several
            """),
        ],
        sections={
            "The machine": _machine(peaks),
            "The abstractive engine": _engine(precision, peaks, parts),
            "A replica": _replicas(replicas),
        },
        targets=[],
        raw={"precision": precision, "peaks": peaks, "parts": parts, "replicas": replicas},
    )


def _replica(
    kind: str, model: Path, asked: Bodies, served: bool, load_s: float
) -> Mapping[str, Any]:
    server = (
        stands.our_service(asked, {"model": model}) if served else stands.our_process(asked, model)
    )
    with Stand(server) as stand:
        before = stand.running.memory()
        stand.closed(LOAD_CLIENTS, load_s, load_s, DRAIN_S)
        after = stand.running.memory()
        start_up_s = stand.running.start_up_s
    print(f"  {server.name}, {kind}: first answer after {seconds(start_up_s)}", flush=True)
    return {
        "kind": kind,
        "server": server.name,
        "start_up_s": start_up_s,
        "replica_ready_bytes": _of_replica(before),
        "replica_loaded_bytes": _of_replica(after),
        "all_loaded_bytes": sum(map(sum, after.values())),
        "processes": after,
    }


def _of_replica(memory: Mapping[str, Sequence[int]]) -> int:
    """The largest process with an engine: under Ray they have a title, else there is but one."""
    under_ray = [sizes for title, sizes in memory.items() if title.startswith(REPLICA)]
    return max(map(max, under_ray or memory.values()))


def _machine(peaks: Mapping[str, float]) -> str:
    rows = [
        ["matrix products, float32", f"{number(peaks['float32'] / GIGA)} Gop/s"],
        ["matrix products, int8", f"{number(peaks['int8'] / GIGA)} Gop/s"],
        ["memory, read", f"{number(peaks['read'] / GIGA)} GB/s"],
        ["memory, copied (read and written)", f"{number(peaks['copy'] / GIGA)} GB/s"],
    ]
    return table(["What", "At most"], rows)


def _engine(precision: str, peaks: Mapping[str, float], parts: Mapping[str, Any]) -> str:
    operations = encode_operations(SOURCE_TOKENS)
    peak = peaks["int8" if precision == "int8" else "float32"]
    # A row has, over its steps, half of its tokens behind it on average.
    read = step_bytes(precision, SOURCE_TOKENS, FIELD_TOKENS // 2)
    many = parts["reports"]
    encode_rows = [
        [
            f"taking {reports} report{'s' if reports > 1 else ''} in",
            seconds(taken),
            f"{number(reports * operations / taken / GIGA)} Gop/s",
            f"{share(reports * operations / taken / peak)} of the {precision} peak",
        ]
        for reports, taken in ((1, parts["admit_one_s"]), (many, parts["admit_many_s"]))
    ]
    step = parts["step_one_s"]
    step_row = [
        "a step of a lone report",
        seconds(step),
        f"{number(read / step / GIGA)} GB/s",
        f"{share(read / step / peaks['read'])} of the read bandwidth",
    ]
    full_row = [f"a step of {many} reports", seconds(parts["step_many_s"]), "", ""]
    rows = [*encode_rows, step_row, full_row]
    return table(["Part", "Takes", "Rate", "Share of the limit"], rows)


def _replicas(replicas: list[Mapping[str, Any]]) -> str:
    header = [
        "Replica",
        "First answer after",
        "Its memory when ready",
        "After load",
        "All processes",
    ]
    rows = [
        [
            f"{each['kind']}, {each['server']}",
            seconds(each["start_up_s"]),
            _mib(each["replica_ready_bytes"]),
            _mib(each["replica_loaded_bytes"]),
            _mib(each["all_loaded_bytes"]),
        ]
        for each in replicas
    ]
    return table(header, rows)


def _mib(size: int) -> str:
    return f"{size / MEGA:,.0f} MiB"
