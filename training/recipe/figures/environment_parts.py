"""Operating system, browser and version of an environment, each compared by itself."""

from collections.abc import Iterable

from schemas.base import Schema
from training.evaluation.rightness import is_stated
from training.recipe.platforms import parse_env

PARTS = ("os", "browser", "browserVersion")


class PartMatch(Schema):
    """Of `stated` annotations that name a part, how many answers name exactly the same."""

    stated: int
    exact: int


def part_matches(pairs: Iterable[tuple[str, str]]) -> dict[str, PartMatch]:
    """Pairs of answer and annotation, by part. `parse_env` reads the parts out of both."""
    stated = dict.fromkeys(PARTS, 0)
    exact = dict.fromkeys(PARTS, 0)
    for answer, annotation in pairs:
        wanted = parse_env(annotation) if is_stated(annotation) else {}
        said = parse_env(answer) if is_stated(answer) else {}
        for part in PARTS:
            if part in wanted:
                stated[part] += 1
                exact[part] += said.get(part) == wanted[part]
    return {part: PartMatch(stated=stated[part], exact=exact[part]) for part in PARTS}
