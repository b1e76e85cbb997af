"""What this machine can do at most, and how long our engine takes for each of its two parts."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

from benchmarks import THREADS, models
from benchmarks.texts import report
from deployments.settings import Settings
from summarizer.folder import load_engine
from summarizer.linear import resolve

MATRIX_SIZES = (512, 1_024, 2_048)
BUFFER_BYTES = 2**29
"""Far more than any cache."""

TRIES, LONE_TRIES = 5, 15
WARM_STEPS = 1
"""The first step feeds the start token and the field's marker."""


class LimitsContestant:
    """Measures in this process, on the threads that every contestant has."""

    def __init__(self) -> None:
        torch.set_num_threads(THREADS)
        self._numbers = iter(range(10_000))

    def settings(self) -> str:
        """The precision that our engine chooses here."""
        return resolve("auto", torch.device("cpu"))

    def peaks(self) -> dict[str, float]:
        """Operations per second of the fastest matrix products, and bytes per second."""
        return {
            "float32": max(map(_float32_peak, MATRIX_SIZES)),
            "int8": max(peak(size) for peak in (_int8_peak, _fbgemm_peak) for size in MATRIX_SIZES),
            "read": _read_bandwidth(),
            "copy": _copy_bandwidth(),
        }

    def parts(self) -> dict[str, Any]:
        """Seconds to take reports in, one and many at once, and for a step of a lone report."""
        folder = models.seq2seq_folder()
        limits = Settings(model=folder).limits
        engine: Any = load_engine(folder, "auto", "cpu", THREADS, limits=limits)
        # A step with guesses has several tokens a row.
        engine.guessing_tokens = 0
        self._answer(engine, 1)
        lone = [self._answer(engine, 1) for _ in range(LONE_TRIES)]
        full = [self._answer(engine, limits.max_batch_size) for _ in range(TRIES)]
        return {
            "reports": limits.max_batch_size,
            "admit_one_s": median(admitted for admitted, _ in lone),
            "admit_many_s": median(admitted for admitted, _ in full),
            "step_one_s": median(step for _, steps in lone for step in steps[WARM_STEPS:]),
            "step_many_s": median(step for _, steps in full for step in steps[WARM_STEPS:]),
            "steps": len(lone[0][1]),
        }

    def _answer(self, engine: Any, reports: int) -> tuple[float, list[float]]:
        """Seconds to take so many reports in, and of each step until they are answered."""
        prepared = {
            number: engine.prepare(report(number))
            for number, _ in zip(self._numbers, range(reports), strict=False)
        }
        started = time.perf_counter()
        engine.admit(prepared)
        admitted = time.perf_counter() - started
        steps = []
        while engine.live_rows:
            started = time.perf_counter()
            engine.step()
            steps.append(time.perf_counter() - started)
        return admitted, steps


def _fastest(run: Callable[[], object]) -> float:
    """The shortest time of several, after one that does not count."""
    run()
    times = []
    for _ in range(TRIES):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def _float32_peak(size: int) -> float:
    left, right = torch.rand(size, size), torch.rand(size, size)
    out = torch.empty(size, size)
    return 2 * size**3 / _fastest(lambda: torch.mm(left, right, out=out))


def _int8_peak(size: int) -> float:
    left, right = (torch.randint(-127, 128, (size, size), dtype=torch.int8) for _ in range(2))
    return 2 * size**3 / _fastest(lambda: torch._int_mm(left, right))


def _fbgemm_peak(size: int) -> float:
    if "fbgemm" not in torch.backends.quantized.supported_engines:
        return 0.0
    torch.backends.quantized.engine = "fbgemm"
    weight = torch.quantize_per_tensor(torch.randn(size, size), 0.02, 0, torch.qint8)
    packed = torch.ops.quantized.linear_prepack(weight, None)
    x = torch.quantize_per_tensor(torch.randn(size, size), 0.05, 64, torch.quint8)
    return 2 * size**3 / _fastest(lambda: torch.ops.quantized.linear(x, packed, 0.1, 64))


def _read_bandwidth() -> float:
    buffer = torch.ones(BUFFER_BYTES // 4)
    return BUFFER_BYTES / _fastest(buffer.sum)


def _copy_bandwidth() -> float:
    """Bytes read and written."""
    source = torch.ones(BUFFER_BYTES // 4)
    target = torch.empty_like(source)
    return 2 * BUFFER_BYTES / _fastest(lambda: target.copy_(source))
