"""The environment of a report, from what a tracker holds apart from the text."""

import re
from collections.abc import Iterable

from schemas.report import MAX_ENV_VALUE_CHARS
from training.recipe.platforms import Env, parse_env
from training.recipe.words import words

_EMPTY = re.compile(
    r"^\W*(?:n/?a|none|unknown|unspecified|other|all|any|not (?:set|specified|applicable))?\W*$",
    re.IGNORECASE,
)
_NAMES_OF_KEYS = frozenset(
    words("os operating system platform browser version mac x osx macos microsoft ms running on")
)


def stated(value: str | None) -> str:
    """A tracker's field in one line; empty where it holds what stands for nothing."""
    text = " ".join((value or "").split())
    return "" if _EMPTY.match(text) else text


def with_version(name: str | None, version: str | None) -> str:
    """`Windows` and `10` as `Windows 10`; each once where the other has it already."""
    kept, number = stated(name), stated(version)
    if kept and number.lower().startswith(kept.lower()):
        return number
    if not kept or not number or re.search(rf"(?<![\w.]){re.escape(number)}(?![\w.])", kept):
        return kept
    return f"{kept} {number}"


def environment_of(**fields: str | None) -> Env:
    """The fields that say something."""
    return {key: text for key, value in fields.items() if (text := stated(value))}


def read_environment(text: str) -> Env:
    """A tracker's free text on the environment, with what it says of the system and browser apart.

    A line that says more than that is kept whole, under `environment`; so are all of them where
    they name more than one system or browser.
    """
    lines = [line for line in map(stated, text.splitlines()) if line and not line.endswith(":")]
    parsed = [parse_env(line) for line in lines]
    env: Env = {}
    rest: list[str] = []
    for line, told in zip(lines, parsed, strict=True):
        is_only = all(sum(key in other for other in parsed) == 1 for key in told)
        if told and is_only and _says_no_more(line, told):
            env |= told
        else:
            rest.append(line)
    if rest:
        env["environment"] = ", ".join(_fitting(dict.fromkeys(rest)))
    return env


def _says_no_more(line: str, parsed: Env) -> bool:
    told = set(words(" ".join(parsed.values())))
    return not set(words(line)) - told - _NAMES_OF_KEYS


def _fitting(lines: Iterable[str]) -> list[str]:
    """The first lines that fit into one value together; more are there to be cut and counted."""
    kept: list[str] = []
    length = 0
    for line in lines:
        kept.append(line)
        length += len(line) + 2
        if length > MAX_ENV_VALUE_CHARS:
            break
    return kept
