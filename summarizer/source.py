"""The source text: which pieces of a report a model reads, within a token budget.

The description and the stack trace each have a guaranteed share of the budget, and what one does
not use goes to the other, so that neither can push the other out. Within a part that is too long,
prose stays before application frames, these before log and code lines, and these before the
frames of libraries; of the prose the beginning and the end stay. What is no prose has a limit of
its own, so that a large budget is there for what people write.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.report import ReportInput
from summarizer.cues import failure_cue
from summarizer.environment import format_environment
from summarizer.segmentation import Part, Segment, SegmentKind, split
from summarizer.stacktraces import FIRST_APPLICATION_FRAME_PRIORITY, FIRST_OTHER_FRAME_PRIORITY

Encode = Callable[[list[str]], list[list[int]]]
"""Token ids of each text, without special tokens."""

STACKTRACE_SHARE = 1 / 3
MAX_CONTEXT_TOKENS = 48
MAX_SEGMENT_TOKENS = 192
MAX_OTHER_TOKENS = 2_048
"""Of what is no prose in each part: exceptions, frames, logs, code and blobs, in this order."""
_EXCEPTION_RANK, _PROSE_RANK, _FRAME_RANK, _LOG_RANK, _LIBRARY_RANK = range(5)
_PROSE_KINDS = frozenset({SegmentKind.PROSE, SegmentKind.HEADING, SegmentKind.ITEM})
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{200}")
"""A picture or a file in base64, which is no prose however it was pasted."""
_CHARS_PER_TOKEN_BOUND = 12
"""No ordinary text has more characters per token; bounds what is tokenized at all."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a model reads of a report.

    `segments` are the chosen pieces in reading order (description first), `segment_ids` their
    token ids without markers, and `context_ids` the formatted environment, which is read but
    cannot be pointed at.
    """

    segments: tuple[Segment, ...]
    segment_ids: tuple[tuple[int, ...], ...]
    context_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    segment: Segment
    ids: tuple[int, ...]
    rank: tuple[int, float]

    @property
    def cost(self) -> int:
        return len(self.ids) + 1


def build_source(report: ReportInput, encode: Encode, max_tokens: int, max_segments: int) -> Source:
    """Choose what a model reads of a report.

    The context, and each segment's ids with one marker, together stay within `max_tokens`; at
    most `max_segments` segments are chosen.
    """
    context_text = format_environment(report.env)
    context = tuple(encode([context_text])[0]) if context_text else ()
    context = context[: min(MAX_CONTEXT_TOKENS, max_tokens // 4)]
    budget = max_tokens - len(context)
    description = _candidates(report.description or "", "description", encode, budget)
    stacktrace = _candidates(report.stacktrace_text or "", "stacktrace_text", encode, budget)

    # What a part could read if it were alone; it needs no more.
    alone = [_choose(part, budget, max_segments) for part in (description, stacktrace)]
    token_shares = _shares([sum(one.cost for one in part) for part in alone], budget)
    segment_shares = _shares([len(part) for part in alone], max_segments)
    chosen = [
        candidate
        for part, tokens, count in zip(
            (description, stacktrace), token_shares, segment_shares, strict=True
        )
        for candidate in _choose(part, tokens, count)
    ]
    return Source(
        tuple(candidate.segment for candidate in chosen),
        tuple(candidate.ids for candidate in chosen),
        context,
    )


def _shares(needed: Sequence[int], budget: int) -> tuple[int, int]:
    """Share a budget between description and stack trace; what one leaves the other may take."""
    description, stacktrace = needed
    guaranteed = int(budget * STACKTRACE_SHARE)
    for_stacktrace = min(stacktrace, max(guaranteed, budget - description))
    return budget - for_stacktrace, for_stacktrace


def _candidates(text: str, part: Part, encode: Encode, budget: int) -> list[_Candidate]:
    """The segments of a part that could be chosen, in reading order, tokenized."""
    segments = split(text, part)
    ranks = _ranks(segments)
    chars_left = budget * _CHARS_PER_TOKEN_BOUND
    other_chars_left = min(budget, MAX_OTHER_TOKENS) * _CHARS_PER_TOKEN_BOUND
    kept: list[int] = []
    for index in sorted(range(len(segments)), key=ranks.__getitem__):
        if chars_left <= 0 or len(kept) >= budget:
            break
        size = len(segments[index].text)
        if _is_other(ranks[index]):
            if other_chars_left <= 0:
                continue
            other_chars_left -= size
        chars_left -= size
        kept.append(index)
    kept.sort()
    ids = encode([segments[index].text for index in kept]) if kept else []
    longest = max(1, min(MAX_SEGMENT_TOKENS, budget - 1))
    return [
        _Candidate(segments[index], tuple(tokens[:longest]), ranks[index])
        for index, tokens in zip(kept, ids, strict=True)
        if tokens
    ]


def _ranks(segments: Sequence[Segment]) -> list[tuple[int, float]]:
    """What stays first when a part is too long; lower stays longer."""
    prose_count = sum(map(_is_prose, segments))
    prose_seen = 0
    ranks: list[tuple[int, float]] = []
    for segment in segments:
        if _is_prose(segment):
            from_edge = min(prose_seen, 3 * (prose_count - 1 - prose_seen))
            ranks.append((_PROSE_RANK, from_edge))
            prose_seen += 1
        elif segment.priority is not None:
            ranks.append((_trace_rank(segment.priority), segment.priority))
        elif segment.kind is SegmentKind.EXCEPTION:
            ranks.append((_EXCEPTION_RANK, 0))
        else:
            ranks.append((_LOG_RANK, -failure_cue(segment.text)))
    return ranks


def _is_other(rank: tuple[int, float]) -> bool:
    return rank[0] != _PROSE_RANK


def _is_prose(segment: Segment) -> bool:
    return segment.kind in _PROSE_KINDS and not _BLOB.search(segment.text)


def _trace_rank(priority: int) -> int:
    if priority < FIRST_APPLICATION_FRAME_PRIORITY:
        return _EXCEPTION_RANK
    return _FRAME_RANK if priority < FIRST_OTHER_FRAME_PRIORITY else _LIBRARY_RANK


def _choose(candidates: Sequence[_Candidate], tokens: int, count: int) -> list[_Candidate]:
    """The best-ranked candidates that fit, in reading order."""
    chosen: list[int] = []
    other_tokens = MAX_OTHER_TOKENS
    for index in sorted(range(len(candidates)), key=lambda i: candidates[i].rank):
        if len(chosen) >= count:
            break
        cost, is_other = candidates[index].cost, _is_other(candidates[index].rank)
        if cost > tokens or (is_other and cost > other_tokens):
            continue
        tokens -= cost
        other_tokens -= cost if is_other else 0
        chosen.append(index)
    return [candidates[index] for index in sorted(chosen)]
