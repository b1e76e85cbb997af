"""The command blocks of a Markdown file, and which of them a test runs.

A block opens with the word `sh` and, behind it, may say how it is tested:

- `sh test=server`: run here while the service answers;
- `sh test=alone`: run here by itself;
- `sh` alone: run elsewhere, which a table in the test must say.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n"
    r"(?P<text>.*?)"
    r"^(?P=indent)(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_SHELLS = {"bash", "console", "shell", "sh", "zsh"}
DEFAULT_ADDRESS = "127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence, the text within, and the line it opens on."""

    info: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another place that runs a block: a file of the repository, and what stands in it."""

    file: str
    evidence: str


def command_blocks(markdown: str) -> list[Block]:
    """The blocks of shell commands, in order."""
    blocks = []
    for match in _FENCE.finditer(markdown):
        info = tuple(match["info"].split())
        if info and info[0] in _SHELLS:
            line = markdown.count("\n", 0, match.start()) + 1
            blocks.append(Block(info, match["text"].strip(), line))
    return blocks


def run_here(blocks: Sequence[Block], how: str) -> list[Block]:
    """The blocks that are to be run here, `server` or `alone`."""
    return [block for block in blocks if block.info[1:] == (f"test={how}",)]


def problems(blocks: Sequence[Block], elsewhere: Mapping[str, Elsewhere], root: Path) -> list[str]:
    """Why it is not true that each block is run by a test; empty where it is."""
    found = []
    here = {*run_here(blocks, "server"), *run_here(blocks, "alone")}
    for block in blocks:
        if block in here:
            continue
        if block.info != ("sh",):
            found.append(f"line {block.line}: unknown mark {' '.join(block.info)!r}")
        elif block.text not in elsewhere:
            found.append(f"line {block.line}: no test runs {block.text!r}")
    there = {block.text for block in blocks if block not in here}
    for text, place in elsewhere.items():
        if text not in there:
            found.append(f"the table names a block that is not there: {text!r}")
        file = root / place.file
        if not file.is_file() or place.evidence not in file.read_text(encoding="utf-8"):
            found.append(f"{place.file} does not hold {place.evidence!r}")
    return found


def run_block(
    block: Block, folder: Path, address: str = DEFAULT_ADDRESS, timeout_s: float = 600
) -> str:
    """Run a block in a folder as a reader would, in this environment; what it printed.

    The service's address is replaced by the given one. A command that fails is an AssertionError
    with the output.
    """
    process = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text.replace(DEFAULT_ADDRESS, address)],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if process.returncode != 0:
        raise AssertionError(
            f"README line {block.line} exits with {process.returncode}:\n{process.stdout}"
        )
    return process.stdout
