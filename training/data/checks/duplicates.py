"""Reports that occur more than once, whatever their layout, markup and case."""

from collections.abc import Iterator, Sequence

import numpy as np

from training.data.checks.finding import At, Finding, FindingKind, Places
from training.data.record_index import RecordIndex
from training.data.split import Keys


def duplicate_findings(index: RecordIndex, files: Sequence[str]) -> list[Finding]:
    """Warnings of reports that stand in more than one line, each with an earlier such line.

    Of one report in several environments, outputs may differ in their environment.
    """
    same, other = Places(files), Places(files)
    for group in _groups(index.heads):
        for position, earlier, equal in _repeated(index, group):
            at = At(*index.place(earlier))
            places = same if equal else other
            note = f"as in {files[at.file]} line {at.line}"
            places.add(At(*index.place(position)), "input", note)
    return [
        *other.finding(
            FindingKind.CONTRADICTION,
            "The report occurs in an earlier line with another output",
            "Decide for one output and take the other line out: both together teach neither",
        ),
        *same.finding(
            FindingKind.DUPLICATE,
            "The report occurs in an earlier line with the same output",
            "Take the line out, unless the report shall count more",
        ),
    ]


def held_out_findings(
    index: RecordIndex, positions: Sequence[int], files: Sequence[str]
) -> list[Finding]:
    """A warning of the records at some positions, which the `--eval-dataset` has as well."""
    places = Places(files)
    for position in positions:
        places.add(At(*index.place(position)), "input")
    return places.finding(
        FindingKind.HELD_OUT_AS_WELL,
        "The report is left out of the training: it stands in --eval-dataset as well",
        "Nothing need be done; take it out of one of the two to have it counted once",
    )


def _repeated(index: RecordIndex, group: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """The positions of a report that repeat an earlier one, that one, and if outputs are equal."""
    first, *others = group
    first_in = {index.environment(first): first}
    for position in others:
        earlier = first_in.setdefault(index.environment(position), position)
        if index.outcome(position) != index.outcome(first):
            yield position, first, False
        elif earlier != position:
            yield position, earlier, index.output(position) == index.output(earlier)
        elif index.output(position) == index.output(first):
            yield position, first, True


def _groups(keys: Keys) -> list[list[int]]:
    """The positions of equal keys, where there are several, by their first position."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(ordered)])
    groups: list[list[int]] = [
        order[start : start + size].tolist()
        for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True)
    ]
    return sorted(groups)
