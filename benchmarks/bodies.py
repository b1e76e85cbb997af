"""What is sent to a server, and whether its answer is whole. No two reports are alike."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from benchmarks.texts import TARGET_TOKENS, held_out, is_whole_answer, peer_text, report_text

_numbers = count()


@dataclass(frozen=True, slots=True)
class Bodies:
    """Request bodies for one kind of server, and a check of what it answers."""

    path: str
    make: Callable[[int], object]
    is_right: Callable[[bytes], bool]

    def next(self) -> bytes:
        """The body of a report that was not sent before."""
        return json.dumps(self.make(next(_numbers))).encode()


def _wire(number: int, report: object) -> object:
    return {"id": f"bench-{number}", "input": report}


def _our_fields(body: bytes) -> list[str]:
    return list(json.loads(body)["summary"].values())


def our_abstractive() -> Bodies:
    """For our service with the random model: five fields of exactly 20 tokens."""
    return Bodies(
        "/inference",
        lambda number: _wire(number, {"description": report_text(number)}),
        lambda body: is_whole_answer(_our_fields(body)),
    )


def peer_abstractive(path: str) -> Bodies:
    """For a peer with the same weights: a text of as many tokens as our fields have together."""
    return Bodies(
        path,
        lambda number: {"text": peer_text(number)},
        lambda body: len(json.loads(body)["text"].split()) == TARGET_TOKENS,
    )


def our_extractive() -> Bodies:
    """For our service with the bundled model: the held-out reports, again and again."""
    reports = [report.model_dump(mode="json", exclude_none=True) for report in held_out()]
    return Bodies(
        "/inference",
        lambda number: _wire(number, reports[number % len(reports)]),
        lambda body: all(_our_fields(body)),
    )


def peer_encoder(path: str, texts: Sequence[str], width: int) -> Bodies:
    """For a peer with the same encoder: the same texts, and a vector each."""
    return Bodies(
        path,
        lambda number: {"text": texts[number % len(texts)]},
        lambda body: len(json.loads(body)["vector"]) == width,
    )


def our_mock() -> Bodies:
    """For our service with the mock engine."""
    return Bodies(
        "/inference",
        lambda number: _wire(number, {"description": f"The export button {number} does nothing."}),
        lambda body: all(_our_fields(body)),
    )


def peer_mock(path: str) -> Bodies:
    """For a peer that answers at once: the same bodies, and as many texts."""
    return Bodies(path, our_mock().make, our_mock().is_right)
