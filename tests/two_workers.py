"""Two workers in processes of their own, joined by gloo as Ray joins them, without Ray."""

import os
import subprocess
import sys
from pathlib import Path

from tests.project import ROOT
from tests.servers import free_port
from training.learning.job import TrainingJob

_CODE = """
import sys
from pathlib import Path
from training.learning.job import TrainingJob
from training.learning.loop import train

for path in sys.argv[1:]:
    job = TrainingJob.model_validate_json(Path(path).read_bytes())
    print(train(job, lambda epoch: None))
"""


def train_with_two(*jobs: TrainingJob) -> list[str]:
    """Train one job after another; what each of the two says at the end of the last one.

    AssertionError with its output where one fails.
    """
    paths = [job.folder / f"job-{number}.json" for number, job in enumerate(jobs)]
    for path, job in zip(paths, jobs, strict=True):
        path.write_text(job.model_dump_json())
    port = str(free_port())
    workers = [_start(paths, rank, port) for rank in range(2)]
    outputs = [worker.communicate(timeout=120)[0] for worker in workers]
    for worker, output in zip(workers, outputs, strict=True):
        assert worker.returncode == 0, output
    return [output.splitlines()[-1] for output in outputs]


def _start(jobs: list[Path], rank: int, port: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _CODE, *map(str, jobs)],
        cwd=ROOT,
        env={
            **os.environ,
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": "2",
            "LOCAL_WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": port,
            "OMP_NUM_THREADS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
