"""Other forms of a report that say the same: what a model must not be put off by.

Each function takes a text and a key, and gives the same for the same; nothing is drawn at random.
Training varies inputs with them, and the robustness table measures with them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.recipe.words import share

_WORD = re.compile(r"[A-Za-z]{4,}")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_LISTED = re.compile(r"^\s*(?:[*#+>-]|\d{1,2}[.)])\s|[{}<>|`]|^\s{2,}\S", re.MULTILINE)

Change = Callable[[str, str], str]
"""A text and the key to the other text."""


def with_typos(text: str, key: str, share_of_words: float = 0.05) -> str:
    """A letter swapped, dropped, doubled or replaced in so many of the words of four letters."""
    number = 0

    def spoil(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        if share("typo", key, str(number)) >= share_of_words:
            return match[0]
        return _spoilt(match[0], share("which", key, str(number)))

    return _WORD.sub(spoil, text)


def _spoilt(word: str, draw: float) -> str:
    kind, place = divmod(draw * 4, 1)
    at = 1 + int(place * (len(word) - 2))
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + "etaoin"[int(place * 997) % 6] + word[at + 1 :]


def lower_cased(text: str, _key: str = "") -> str:
    """All in lower case, as some people write."""
    return text.lower()


def upper_cased(text: str, _key: str = "") -> str:
    """All in capitals, as angry people write."""
    return text.upper()


def wrapped(text: str, key: str) -> str:
    """Plain paragraphs cut into lines of 60 to 80 characters, as old mailers do."""
    width = 60 + int(20 * share("width", key))
    return _by_paragraph(text, lambda paragraph: _cut(paragraph, width))


def _cut(paragraph: str, width: int) -> str:
    lines = [""]
    for word in paragraph.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def quoted(text: str, _key: str = "") -> str:
    """Every line behind `>`, as in a forwarded mail."""
    return "\n".join(f"> {line}" if line.strip() else ">" for line in text.split("\n"))


def as_html(text: str, _key: str = "") -> str:
    """Plain paragraphs as HTML."""
    return _by_paragraph(text, lambda paragraph: f"<p>{paragraph.strip()}</p>")


def as_bullets(text: str, key: str) -> str:
    """Plain paragraphs as a list, in Markdown or Jira's way."""
    mark = ("*", "-", "#")[int(3 * share("mark", key))]
    return _by_paragraph(text, lambda paragraph: f"{mark} {' '.join(paragraph.split())}")


def on_one_line(text: str, _key: str = "") -> str:
    """Plain paragraphs one after another, as forms without line breaks send them."""
    return _by_paragraph(text, lambda paragraph: " ".join(paragraph.split()), between=" ")


def _by_paragraph(text: str, change: Callable[[str], str], between: str = "\n\n") -> str:
    """A text of which the paragraphs without markup, code and lists are changed."""
    done: list[str] = []
    plain_before = False
    for paragraph in _PARAGRAPH.split(text):
        is_plain = not _LISTED.search(paragraph)
        piece = change(paragraph) if is_plain else paragraph
        if done:
            done.append(between if plain_before and is_plain else "\n\n")
        done.append(piece)
        plain_before = is_plain
    return "".join(done)


@dataclass(frozen=True, slots=True)
class Log:
    """A program's log: what its lines begin with, and what they say.

    Frames of a stack trace, which are indented, begin with nothing else.
    """

    prefix: str
    levels: Sequence[str]
    events: Sequence[str]


LEARNT_LOG = Log(
    "2023-04-{day:02} {clock},{ms:03} {level:<5} [main-{small}] ",
    ("INFO", "DEBUG", "WARN", "INFO", "TRACE", "ERROR"),
    (
        "Scheduler tick {large} finished in {medium} ms",
        "GET /api/v{small}/items/{large} 200 {medium}ms",
        "cache miss for key session:{large}, loading from store",
        "Connection {small} opened to 10.0.{small}.{medium}:5432",
        "retry {small} of 5 for job {large}",
        "Loaded module core.widgets.Widget{small} (rev {large})",
        "GC pause {medium} ms, heap {large}K -> {medium}K",
        "User interface thread: frame {large} drawn in {small} ms",
        "config value 'timeout.{small}' not set, using default {medium}",
        "java.io.IOException: Broken pipe (fd {large})",
        "    at com.acme.runtime.Worker$Loop.run(Worker.java:{medium})",
        "POST /login 401 {medium}ms",
        "queue depth {large}, oldest message {medium} s",
        "Wrote checkpoint {large} to /var/lib/acme/{small}/state.bin",
    ),
)
"""What is put into inputs to learn from."""

MEASURED_LOG = Log(
    "Apr {day:>2} {clock} host{small} orderd[{medium}]: {level}: ",
    ("info", "notice", "warning", "err", "debug"),
    (
        "accepted connection from 192.168.{small}.{medium} port {large}",
        '127.0.0.1 - - [{clock}] "GET /static/app.{large}.js HTTP/1.1" 304 0',
        "slow query ({medium} ms): SELECT * FROM orders WHERE id = {large}",
        "worker {small} picked task {large} from queue default",
        "certificate for shard {small} expires in {medium} days",
        "could not resolve host cdn{small}.example.com, will try again",
        "ConnectionResetError: [Errno 104] Connection reset by peer",
        '  File "/srv/orders/worker.py", line {medium}, in handle',
        "rendered template orders/list.html in {medium} ms",
        "permission denied for user {large}, falling back to guest",
        "disk usage of /data{small} is {medium} of 512 GiB",
        "deprecated option --legacy-sync{small} is ignored",
    ),
)
"""Of another program and in another format: how much a log disturbs is measured with it."""


def log_lines(count: int, key: str, log: Log = LEARNT_LOG) -> str:
    """So many lines of a log, some of which tell of errors that are not the bug."""
    lines = []
    for number in range(count):
        draw = [share("log", key, str(number), name) for name in "abcde"]
        event = log.events[int(draw[0] * len(log.events))]
        filled = event if event.startswith("  ") else log.prefix + event
        lines.append(
            filled.format(
                clock=f"{8 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}",
                large=int(draw[1] * 99_999),
                medium=int(draw[2] * 250),
                small=int(draw[3] * 9),
                ms=int(draw[1] * 999),
                day=1 + int(draw[3] * 27),
                level=log.levels[int(draw[4] * len(log.levels))],
            )
        )
    return "\n".join(lines)


def with_log_in_front(text: str, key: str, count: int = 200, log: Log = LEARNT_LOG) -> str:
    """A long log before everything that a person wrote."""
    return f"{log_lines(count, key, log)}\n\n{text}"


def with_some_log_in_front(text: str, key: str) -> str:
    """A log of 10 to 200 lines before everything that a person wrote."""
    return with_log_in_front(text, key, 10 + int(190 * share("front", key)))


def with_log_between(text: str, key: str, log: Log = LEARNT_LOG) -> str:
    """A few log lines after one of the paragraphs."""
    paragraphs = _PARAGRAPH.split(text)
    at = int(share("log between", key) * len(paragraphs))
    lines = log_lines(2 + int(share("log size", key) * 12), key, log)
    return "\n\n".join([*paragraphs[: at + 1], lines, *paragraphs[at + 1 :]])


def with_chatter(text: str, key: str) -> str:
    """Sentences between the paragraphs that people write in every ticket."""
    paragraphs = _PARAGRAPH.split(text)
    for number in range(1 + len(paragraphs) // 4):
        at = int(share("chatter", key, str(number)) * (len(paragraphs) + 1))
        said = _CHATTER[int(share("said", key, str(number)) * len(_CHATTER))]
        paragraphs.insert(at, said)
    return "\n\n".join(paragraphs)


_CHATTER = (
    "Hi team,",
    "Thanks a lot for your work on this!",
    "Please let me know if you need anything else.",
    "I searched the tracker and found no duplicate.",
    "See the attached screenshot.",
    "cc @maintainers",
    "Has anybody else seen this?",
    "I can provide a sample project on request.",
    "This is quite important for our release next week.",
    "Any update on this?",
    "Sorry if this is the wrong component.",
    "Reported by one of our customers, who asked us to forward it.",
    "I am not a developer, so please be patient with me.",
    "We use this feature every day.",
)

CHANGES: Sequence[tuple[float, Change]] = (
    (0.08, with_typos),
    (0.07, lower_cased),
    (0.02, upper_cased),
    (0.06, with_log_between),
    (0.10, with_some_log_in_front),
    (0.07, with_chatter),
    (0.06, wrapped),
    (0.02, quoted),
    (0.03, as_html),
    (0.03, as_bullets),
    (0.04, on_one_line),
)
"""How large a share of inputs is changed how, while learning; the rest stays as it is."""


def varied(text: str, key: str) -> str:
    """A text as its key wants it."""
    draw = share("varied", key)
    for part, change in CHANGES:
        if draw < part:
            return change(text, key)
        draw -= part
    return text
