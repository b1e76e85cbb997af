"""Sequences in groups that a processor's caches hold."""

from collections.abc import Iterator, Sequence

TokenIds = Sequence[int]


def grouped(sequences: Sequence[TokenIds], tokens: int) -> Iterator[Sequence[TokenIds]]:
    """Sequences in their order, as many at a time as have no more than so many tokens.

    One that is longer is alone.
    """
    group: list[TokenIds] = []
    taken = 0
    for sequence in sequences:
        if group and taken + len(sequence) > tokens:
            yield group
            group, taken = [], 0
        group.append(sequence)
        taken += len(sequence)
    if group:
        yield group
