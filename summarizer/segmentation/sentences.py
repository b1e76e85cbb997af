"""Where sentences end.

Knows plain text only, no markup and no lines: white space of any kind is a gap between words.
"""

import re
from collections import deque
from collections.abc import Iterator

MAX_CHARS = 600
"""No piece is longer; a longer sentence is cut at the last good place before that."""

_CLOSERS = r"\"'\u201d\u2019)\]\u00bb\u203a\u300d\u300f\uff09\u3011"
_STOP = re.compile(
    rf"(?<![.!?…\u061f\u06d4\u0964])(?P<stop>[.!?…\u061f\u06d4\u0964]++)(?P<close>[{_CLOSERS}*_]*+)(?=\s)"
    rf"|(?<![\u3002\uff01\uff1f\uff61])[\u3002\uff01\uff1f\uff61]++[{_CLOSERS}]*+"
    # A forgotten space, only where what follows can hardly be a name as in `Ti.UI` or `foo.It`.
    r"|(?<=[a-z)\"][a-z)\"])[.!?](?=(?:The|It|This|That|These|There|When|If|But|And|In|On|After|"
    r"Then|We|You|They|So|Please|However|Also|Now|My|As|For|Not|No|I)\s)"
)
_NEVER_LAST = frozenset(
    {
        "e.g",
        "i.e",
        "eg",
        "ie",
        "vs",
        "cf",
        "approx",
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "resp",
        "incl",
        "excl",
        "esp",
        "fig",
        "ver",
        "vers",
        "viz",
        "ca",
        "aka",
        "a.k.a",
        "dept",
        "sec",
        "chap",
        "vol",
        "pp",
        "eq",
    }
)
_LAST_BEFORE_CAPITAL = frozenset(
    {"etc", "inc", "ltd", "corp", "co", "al", "jr", "sr", "a.m", "p.m", "u.s", "min", "max"}
)
_BEFORE_NUMBER = frozenset({"no", "nr", "nos", "art", "p", "v", "rev"})
_LONGEST_TOKEN = 40
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Z]")
_CUTS = ("; ", ", ", " ")
_STEP = re.compile(r"(?<!\S)(?P<number>\d{1,2})\.\s{1,4}(?=[^\W\d_])")
_BEFORE_FIRST_STEP = frozenset(".!?:;)\uff1a")


def sentence_spans(text: str, number: int | None = None) -> Iterator[tuple[int, int]]:
    """The sentences of `text` in order, each without the white space around it.

    Numbered steps in running text are sentences, with their numbers; `number` is the one that
    stands before the text. No span is empty or longer than MAX_CHARS, and together they hold every
    visible character. Takes linear time.
    """
    start = 0
    steps = deque(_step_starts(text, number))
    for stop in _STOP.finditer(text):
        while steps and steps[0] < stop.start():
            step = steps.popleft()
            yield from _bounded(text, start, step)
            start = step
        if _ends_sentence(text, start, stop):
            yield from _bounded(text, start, stop.end())
            start = stop.end()
    yield from _bounded(text, start, len(text))


def _step_starts(text: str, number: int | None) -> Iterator[int]:
    """Where steps begin: at numbers that count on from `number`, or from a first one."""
    first: int | None = None
    for step in _STEP.finditer(text):
        found = int(step["number"])
        if not text[step.end()].isupper():
            continue
        if number is not None and found == number + 1:
            if first is not None:
                yield first
            yield step.start()
            number, first = found, None
        elif found == 1 and _may_be_first(text, step.start()):
            number, first = found, step.start()


def _may_be_first(text: str, position: int) -> bool:
    before = text[max(0, position - _LONGEST_TOKEN) : position].rstrip()
    return not before or before[-1] in _BEFORE_FIRST_STEP


def bounded_spans(text: str) -> Iterator[tuple[int, int]]:
    """The whole text without the white space around it, cut only where it is too long."""
    return _bounded(text, 0, len(text))


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    marks = stop["stop"]
    if marks is None:
        return True
    following = _next_visible(text, stop.end())
    if "?" in marks or "!" in marks:
        return not (stop["close"] and following.islower())
    if len(marks) > 1 or marks == "…":
        return not following.islower()
    return stop["close"] != "" or not _is_abbreviation(text, start, stop.start(), following)


def _next_visible(text: str, position: int) -> str:
    # Not a search: the gap may be long, and every stop would walk it again.
    for offset in range(position, min(position + _LONGEST_TOKEN, len(text))):
        if not text[offset].isspace():
            return text[offset]
    return ""


def _is_abbreviation(text: str, start: int, stop: int, following: str) -> bool:
    words = text[max(start, stop - _LONGEST_TOKEN) : stop].split()
    if not words or text[stop - 1].isspace():
        return False
    word = words[-1].lstrip("([{\"'\u201c\u2018")
    lowered = word.lower()
    if lowered in _NEVER_LAST or _INITIALS.fullmatch(word):
        return word != "I"
    if lowered in _LAST_BEFORE_CAPITAL:
        return not following.isupper()
    if lowered in _BEFORE_NUMBER:
        return following.isdigit()
    # "2. Click the button": the number of a step that stands in running text.
    return (
        len(words) == 1 and len(word) <= 2 and word.isdigit() and not text[start:stop][:-2].strip()
    )


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    start, end = trim(text, start, end)
    while end - start > MAX_CHARS:
        cut = _cut(text, start)
        yield trim(text, start, cut)
        start, end = trim(text, cut, end)
    if start < end:
        yield start, end


def _cut(text: str, start: int) -> int:
    for mark in _CUTS:
        found = text.rfind(mark, start + MAX_CHARS // 2, start + MAX_CHARS)
        if found >= 0:
            return found + len(mark)
    return start + MAX_CHARS


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends; empty where there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
