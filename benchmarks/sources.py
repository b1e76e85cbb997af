"""The held-out reports as our extractive engine reads them, for peers that take plain texts."""

from dataclasses import dataclass
from statistics import mean
from typing import Any

from benchmarks import THREADS
from benchmarks.models import BUNDLED
from benchmarks.texts import held_out
from schemas.report import ReportInput
from summarizer.environment import format_environment
from summarizer.folder import load_engine

MAX_TOKENS = 512
"""What the peers' texts are cut at; the bundled model has the same limit."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts, what they come to in tokens, and the width of the encoder's vectors."""

    texts: list[str]
    our_tokens: float
    peer_tokens: float
    width: int


def rendered_texts() -> list[str]:
    """Per report its environment and the segments that our engine chose, within its budget."""
    return [text for text, _ in _rendered()]


def read_sources() -> Sources:
    """The texts with their mean lengths."""
    from transformers import AutoTokenizer

    from benchmarks.models import sentence_folder

    rendered = _rendered()
    texts = [text for text, _ in rendered]
    folder = sentence_folder()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    tokens = tokenizer(texts, truncation=True, max_length=MAX_TOKENS)["input_ids"]
    return Sources(
        texts=texts,
        our_tokens=mean(count for _, count in rendered),
        peer_tokens=mean(map(len, tokens)),
        width=_width(folder),
    )


def _rendered() -> list[tuple[str, int]]:
    """Text and token count of every report."""
    engine: Any = load_engine(BUNDLED, "auto", "cpu", THREADS)
    found = []
    for report in held_out():
        prepared = engine.prepare(report)
        found.append((_text(report, prepared), prepared.token_count))
    return found


def _text(report: ReportInput, prepared: Any) -> str:
    """What is read of a report, a segment a line."""
    segments = [segment.text for segment in prepared.segments]
    return "\n".join([format_environment(report.env) or "", *segments]).strip()


def _width(folder: Any) -> int:
    from transformers import AutoConfig

    return int(AutoConfig.from_pretrained(folder, local_files_only=True).hidden_size)
