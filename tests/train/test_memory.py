"""The command that measures the memory of a training's driver, on a small file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import ray

from tests.project import ROOT

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.usefixtures("ray_cluster")]


def test_the_command_measures_every_stage_and_leaves_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.memory", "--size-gb", "0.002"]
    command += ["--folder", str(tmp_path / "data"), "--results", str(tmp_path / "results")]
    environ = {**os.environ, "RAY_ADDRESS": ray.get_runtime_context().gcs_address}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True
    )
    assert "under 1,000 MB of resident memory in the driver" in done.stdout
    assert not (tmp_path / "data").exists()
    (raw,) = (tmp_path / "results").glob("*-memory.json")
    measured = json.loads(raw.read_text())
    assert measured["bytes"] >= 2_000_000
    assert measured["train"] + measured["evaluated"] > 50
    peaks = [stage["peak_mb"] for stage in measured["stages"]]
    assert len(peaks) == 4
    assert 100 < peaks[0] < peaks[-1]
