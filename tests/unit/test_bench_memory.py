"""The file that the memory of a driver is measured with."""

from pathlib import Path

import psutil

from benchmarks.memory import make_file, peak_mb
from training.data.bad_lines import BadLine
from training.data.records import Scan
from training.data.sources import SourceFile


def test_the_file_has_its_size_and_real_records_and_some_bad_lines(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    size = make_file(path, 6_000_000)
    assert size == path.stat().st_size
    assert 6_000_000 <= size < 6_200_000
    scan = Scan([SourceFile(path, "made")])
    bad = sum(isinstance(found, BadLine) for _, found in scan.lines())
    (report,) = scan.reports
    assert 0 < bad < 0.05 * report.line_count
    assert 0 < report.repeated < 0.05 * report.line_count
    assert 10_000 < size / report.line_count < 25_000


def test_the_peak_is_at_least_what_is_resident_now() -> None:
    held = bytearray(64_000_000)
    held[::4096] = b"x" * len(held[::4096])
    resident = psutil.Process().memory_info().rss / 1e6
    del held
    # The kernel counts by the thread, and is a little behind.
    assert 64 < resident < peak_mb() + 5
