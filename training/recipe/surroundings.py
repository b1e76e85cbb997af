"""Where a report says what it was seen on, and the three ways in which a record tells it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.report import Environment
from summarizer.environment import format_environment
from training.recipe.outline import Part, PartKind
from training.recipe.platforms import Env, is_environment_line, parse_env
from training.recipe.words import share

_MAX_CHARS = 300
_MAX_LINES = 4
_EMPTY = re.compile(
    r"^\W*(?:n/?a|none|unknown|all|any|-+|see (?:above|below|description))?\W*$", re.IGNORECASE
)
_BOX = re.compile(r"^\[[xX]\]\s*")
_PLATFORM = re.compile(
    r"\b(?:os|windows|mac|ios|android|linux|ubuntu|firefox|chrome|safari|mozilla)\w*", re.IGNORECASE
)
_NAMED_VERSION = re.compile(
    r"\b(?:windows|mac ?os(?: x)?|os ?x|android|ios|ubuntu|fedora|firefox|nightly|chrome|safari"
    r"|seamonkey"
    r"|eclipse|jdk|java)(?: (?:nightly|beta|phone|mobile|sdk|ga|version|jdk))? v?\d+(?:\.\d+)*\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:not|n't|unaffected|works?|worked|working|fine|correctly|ok|unlike|no longer|until"
    r"|compared)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"\{(?:noformat|code)[^}]*\}|</?[a-z]+>|[*_]{2}|(?<=\s)[*_](?=\w)|^[\s*#>_-]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How a record tells its environment.

    `env` is the structured environment, `extra` a line to add to the description, `keep` whether
    the description's own environment lines stay, `answer` the summary's field, empty for nothing.
    """

    env: Environment | None
    extra: str
    keep: bool
    answer: str


def place(key: str, field: str, parts: list[Part]) -> Surroundings:
    """Choose by the report's key whether its environment is given, told in the text or left out.

    `field` is what its tracker holds apart from the text.
    """
    written = _lines_in(parts)
    lines = _tidy(field.splitlines()) or written
    parsed = parse_env("\n".join([field, *written]))
    draw = share("environment", key)
    if parsed and draw < 0.5:
        return _given(parsed)
    if not lines or draw >= 0.85:
        return Surroundings(None, "", keep=False, answer="")
    text = _joined(lines)
    if not field.strip() or lines == written:
        return Surroundings(None, "", keep=True, answer=text)
    label = "Environment: " if share("environment label", key) < 0.4 else ""
    return Surroundings(None, f"{label}{text}", keep=False, answer=text)


def _given(parsed: Env) -> Surroundings:
    env = Environment.model_validate(parsed)
    return Surroundings(env, "", keep=False, answer=format_environment(env) or "")


def written(parts: list[Part]) -> str:
    """What the report's own lines say of where the bug was seen, or nothing."""
    lines = _lines_in(parts)
    return _joined(lines) if lines else ""


def mentioned(sentences: Iterable[str]) -> str:
    """The shortest sentence that names a system and its version, or nothing."""
    naming = [text for text in sentences if _names_where(text)]
    return min(naming, key=len, default="")


def _names_where(text: str) -> bool:
    return len(text) <= 160 and bool(_NAMED_VERSION.search(text)) and not _ELSEWHERE.search(text)


def is_environment_part(part: Part) -> bool:
    """Whether a part with a heading tells the environment."""
    return part.kind is PartKind.ENVIRONMENT


def without_environment_lines(text: str) -> str:
    """A text without the lines that only say where the bug was seen."""
    return "\n".join(line for line in text.split("\n") if not is_environment_line(line))


def _lines_in(parts: list[Part]) -> list[str]:
    headed = [
        line
        for part in parts
        if is_environment_part(part)
        for line in part.body.split("\n\n")[0].splitlines()
    ]
    if _tidy(headed):
        return _tidy(headed)
    prose = [
        line
        for part in parts
        if part.kind in (PartKind.PROSE, PartKind.OTHER)
        for line in part.body.splitlines()
        if is_environment_line(line)
    ]
    return _tidy(prose)


def _tidy(lines: list[str]) -> list[str]:
    cleaned = (re.sub(r"\s+", " ", _MARKUP.sub(" ", line)).strip(" ,;*#_") for line in lines)
    cleaned = (_BOX.sub("", line) for line in cleaned if not line.startswith("[ ]"))
    kept = list(
        dict.fromkeys(line for line in cleaned if not _EMPTY.match(line) and len(line) < 200)
    )
    kept = [line for line in kept if not line.endswith(":") and "unaffected" not in line.lower()]
    telling = [line for line in kept if _PLATFORM.search(line) or re.search(r"\d", line)]
    ranked = sorted(telling, key=lambda line: not _PLATFORM.search(line))[:_MAX_LINES]
    return [line for line in telling if line in ranked]


def _joined(lines: list[str]) -> str:
    text = ""
    for line in lines:
        longer = f"{text}, {line}" if text else line
        if len(longer) > _MAX_CHARS:
            break
        text = longer
    return text or lines[0][:_MAX_CHARS]
