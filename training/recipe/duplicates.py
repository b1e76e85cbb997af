"""Reports that tell the same in nearly the same words."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from training.recipe.words import words

_SHINGLE = 5
_SKETCH = 48
_BANDS = 12
_SAME = 0.75


def sketch(text: str) -> frozenset[int]:
    """The smallest hashes of a text's runs of five words: alike for texts that are alike."""
    tokens = words(text)
    count = max(1, len(tokens) - _SHINGLE + 1)
    hashes = {_hash(" ".join(tokens[start : start + _SHINGLE])) for start in range(count)}
    return frozenset(sorted(hashes)[:_SKETCH])


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def alike(left: frozenset[int], right: frozenset[int]) -> float:
    """The estimated share of word runs that two texts have in common."""
    smallest = frozenset(sorted(left | right)[:_SKETCH])
    return len(smallest & left & right) / len(smallest) if smallest else 0.0


def first_of_each(texts: Sequence[str]) -> list[int]:
    """For each text the position of the first text that says the same; its own where it is new."""
    sketches = [sketch(text) for text in texts]
    buckets: dict[int, list[int]] = defaultdict(list)
    owners: list[int] = []
    for position, own in enumerate(sketches):
        bands = sorted(own)[:_BANDS]
        seen = {other for band in bands for other in buckets[band]}
        owner = next(
            (other for other in sorted(seen) if alike(own, sketches[other]) >= _SAME), position
        )
        owners.append(owner)
        if owner == position:
            for band in bands:
                buckets[band].append(position)
    return owners
