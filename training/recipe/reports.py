"""The source files, read into one shape."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.recipe.cleaning import clean
from training.recipe.words import fingerprint

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it was published.

    `key` is unique over all sources and starts with the source's short name. `fix` is the message
    of the commit that fixed it. `retold` is the same bug told in other words. `labels` are what
    its tracker filed it under. `curated` says that its sections were read and found good. `created`
    is the day, empty where the source does not tell. `comments` are what others wrote under it.
    """

    key: str
    source: str
    licence: str
    title: str
    text: str
    environment: str = ""
    fix: str = ""
    retold: str = ""
    labels: tuple[str, ...] = ()
    curated: bool = False
    created: str = ""
    comments: tuple[str, ...] = ()

    @property
    def project(self) -> str:
        """The tracker, with the component where it has several: `eclipse.ecf`, `tidev.TIMOB`."""
        source, _, identity = self.key.partition(":")
        if source == "tidev":
            return f"tidev.{identity.split('-')[0]}"
        if source == "eclipse" and self.labels:
            return f"eclipse.{self.labels[0].removeprefix('eclipse.')}"
        return source


TIDEV = ("tidev/jira-archive", "Apache-2.0")
SEAMONKEY = ("av9ash/gitbugs", "CC-BY-4.0")
EXPENSIFY = ("openai/SWELancer-Benchmark", "MIT")
ECLIPSE = ("masud-technope/BLIZZARD", "MIT")
QUATRAIN = ("Trustworthy-Software/Quatrain", "MIT")
WEBCOMPAT = ("mozilla/bugbug", "MPL-2.0")
EASE = ("GindeLab/Ease_2025_AI_model", "MIT")

_EXPENSIFY_PREFIX = re.compile(r"^(?:\s*\[[^\]]*\]\s*)+")
_EXPENSIFY_END = re.compile(r"\n(?:</details>|\[View all open jobs|<details>)")
_EXPENSIFY_START = re.compile(r"^.*?\n___\n", re.DOTALL)
_ECLIPSE_TITLE = re.compile(r"^(?:Bug )?\d+\s+\S{1,3}\s+(?P<title>.*)$")
_WEBCOMPAT_TOLD = re.compile(r"^[> ]*\*\*Description\*\*:(?P<text>[^\n]*)\n?", re.MULTILINE)
_WEBCOMPAT_FRAME = re.compile(
    r"^[> ]*\*\*(?:Problem type|Tested Another Browser)\*\*:[^\n]*\n", re.MULTILINE
)
_WRAPPING = re.compile(r"\{html\}|\{color(?::[^}]*)?\}")
_RETOLD_LEAD = re.compile(
    r"^\s*(?:sure[!,.]?\s*)?(?:here(?:'s| is)|below is)\b[^\n:]{0,160}:\s*\n+", re.IGNORECASE
)


def _tidev(row: Row) -> Report:
    labels = [*row["components"], *row["labels"]]
    return Report(
        f"tidev:{row['key']}",
        *TIDEV,
        title=clean(row["summary"]),
        text=clean(_WRAPPING.sub("", row["description"] or "")),
        environment=clean(row["environment"]),
        labels=tuple(labels),
        created=row["created"][:10],
        comments=tuple(clean(comment["body"]) for comment in row["comments"]),
    )


def _seamonkey(row: Row) -> Report:
    return Report(
        f"seamonkey:{row['id']}", *SEAMONKEY, clean(row["title"]), clean(row["description"])
    )


def _expensify(row: Row) -> Report:
    text = _EXPENSIFY_START.sub("", clean(row["issue_repo_steps"]), count=1)
    text = _EXPENSIFY_END.split(text, maxsplit=1)[0]
    return Report(
        f"expensify:{row['_issue_id']}",
        *EXPENSIFY,
        title=_EXPENSIFY_PREFIX.sub("", clean(row["title"])),
        text=text,
    )


def _eclipse(row: Row) -> Report:
    head, _, rest = clean(row["text"]).partition("\n")
    found = _ECLIPSE_TITLE.match(head)
    return Report(
        f"eclipse:{row['bug_id']}",
        *ECLIPSE,
        title=found["title"] if found else "",
        text=rest if found else clean(row["text"]),
        labels=(row["system"],),
    )


def _quatrain(row: Row) -> Report:
    return Report(
        f"quatrain:{row['id']}",
        *QUATRAIN,
        title=clean(row["title"]),
        text=re.sub(r" {2,}", "\n", clean(row["description"])).replace("\t", " "),
        fix=clean(row["fix"]),
    )


def _webcompat(row: Row) -> Report:
    body = re.sub(r"<!--.*?-->\s*", "", clean(row["body"]), flags=re.DOTALL)
    body = _WEBCOMPAT_FRAME.sub("", body.split("<details>")[0])
    told = _WEBCOMPAT_TOLD.search(body)
    return Report(
        f"webcompat:{row['number']}",
        *WEBCOMPAT,
        title=told["text"].strip() if told else "",
        text=_WEBCOMPAT_TOLD.sub("", body).strip(),
        labels=tuple(row["labels"]),
    )


def _ease(row: Row) -> Report:
    text = clean(row["report"])
    retold = _RETOLD_LEAD.sub("", clean(row["casual"])).strip().strip('"').strip()
    return Report(f"ease:{fingerprint(text)[:12]}", *EASE, "", text, retold=retold)


_READERS: dict[str, Callable[[Row], Report]] = {
    "tidev_bugs": _tidev,
    "seamonkey_bugs": _seamonkey,
    "expensify_issues": _expensify,
    "eclipse_reports": _eclipse,
    "report_fix_pairs": _quatrain,
    "webcompat_issues": _webcompat,
    "casual_pairs": _ease,
}


def _rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def read_reports(folder: Path) -> list[Report]:
    """Every report of every source file in `folder`, in a fixed order.

    Reports of `sections.jsonl.gz` that are also in another file come from that other file, which
    knows their title and labels; they are marked `curated` there.
    """
    reports = [
        reader(row)
        for name, reader in _READERS.items()
        for row in _rows(folder / f"{name}.jsonl.gz")
    ]
    sections = list(_rows(folder / "sections.jsonl.gz"))
    curated = {_heart(clean(_WRAPPING.sub("", row["text"]))) for row in sections}
    known = {_heart(report.text) for report in reports}
    marked = [replace(report, curated=_heart(report.text) in curated) for report in reports]
    return marked + [
        _from_section(row)
        for row in sections
        if _heart(clean(_WRAPPING.sub("", row["text"]))) not in known
    ]


def _heart(text: str) -> str:
    """The same for a text and for the text with its template's frame cut off."""
    return fingerprint(_EXPENSIFY_END.split(_EXPENSIFY_START.sub("", text, count=1), maxsplit=1)[0])


def _from_section(row: Row) -> Report:
    text = clean(_WRAPPING.sub("", row["text"]))
    source = re.split(r"[:@ ]", row["source"])[0]
    name = {"tidev/jira-archive": "tidev", "BLIZZARD": "eclipse"}.get(
        source, source.split("/")[-1].lower()
    )
    identity = row["id"] if name == "tidev" else fingerprint(text)[:12]
    return Report(
        f"{name}:{identity}",
        source="masud-technope/BLIZZARD" if source == "BLIZZARD" else source,
        licence=row["licence"].split("(")[0],
        title="",
        text=text,
        environment=row["environment"] if name == "tidev" else "",
        curated=True,
    )
