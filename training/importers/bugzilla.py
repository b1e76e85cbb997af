"""Bugzilla bugs: what its REST API gives, with the comments beside or inside the bugs."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator

from training.importers.environment import environment_of, stated, with_version
from training.importers.issue import Issue, Skipped
from training.importers.tool import Export, Json, Tool, objects
from training.recipe.cleaning import clean
from training.recipe.platforms import Env, parse_env

_AGENT = re.compile(r"^\s*user ?agent:[^\n]*mozilla/\d[^\n]*", re.IGNORECASE | re.MULTILINE)
_AGENT_LINES = 3
"""The guided form writes the user agent at the top, where no step or log stands yet."""

_LABELS = {
    "perf": "performance",
    "memory-leak": "performance",
    "mlk": "performance",
    "footprint": "performance",
    "crashreportid": "crash",
    "topcrash": "crash",
    "privacy": "security",
    "wsec-disclosure": "security",
}


def _list_or_text(value: object) -> object:
    """Keywords are an array; some versions give one text with commas."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return () if value is None else value


class _Comment(Export):
    count: int | None = None
    text: str | None = None
    raw_text: str | None = None


class _Bug(Export):
    id: int
    summary: str
    description: str | None = None
    comments: tuple[_Comment, ...] | None = None
    type: str | None = None
    severity: str | None = None
    keywords: Annotated[tuple[str, ...], BeforeValidator(_list_or_text)] = ()
    component: str | Sequence[str] | None = None
    product: str | None = None
    version: str | Sequence[str] | None = None
    op_sys: str | None = None
    platform: str | None = None
    cf_crash_signature: str | None = None


class Bugzilla(Tool):
    """Bugs of Bugzilla; enhancements and tasks are skipped.

    The report is a bug's first comment. It stands inside the bug, or in another document of the
    same import, as GET /rest/bug/ID/comment gives it.
    """

    expected = (
        'Bugzilla bugs as GET /rest/bug gives them: {"bugs": [{"id", "summary", ...}]}, an array '
        "of bugs, or one a line, each with its comments or with a second file as GET "
        '/rest/bug/ID/comment gives it: {"bugs": {"ID": {"comments": [...]}}}'
    )

    def __init__(self, *, every_type: bool = False) -> None:
        super().__init__(every_type=every_type)
        self._reports: dict[str, str] = {}
        self.learn = self._keep_reports

    def items(self, document: Json) -> Sequence[Json] | None:
        """Bugs; a document with comments only has none of its own."""
        if isinstance(document, list):
            found = objects(document[:10])
            return document if not document or any(map(_is_bug, found)) else None
        if not isinstance(document, dict):
            return None
        if _is_bug(document):
            return [document]
        bugs = document.get("bugs")
        if isinstance(bugs, list):
            return self.items(bugs)
        return [] if isinstance(bugs, dict) else None

    def _keep_reports(self, document: Json) -> None:
        """Keep the first comment of each bug in an answer of /rest/bug/ID/comment."""
        bugs = document.get("bugs") if isinstance(document, dict) else None
        if not isinstance(bugs, dict):
            return
        for number, bug in bugs.items():
            comments = objects(bug.get("comments")) if isinstance(bug, dict) else []
            first = next((c for c in comments if c.get("count") == 0), None) or next(
                iter(comments), None
            )
            text = first.get("raw_text") or first.get("text") if first else None
            if isinstance(text, str):
                self._reports[number] = text

    def name(self, item: Json) -> str | None:
        """`bug 12`."""
        number = item.get("id")
        return f"bug {number}" if isinstance(number, int) else None

    def read(self, item: Json) -> Issue | Skipped:
        """A bug; keywords, severity and a crash signature become its labels."""
        bug = _Bug.model_validate(item)
        kind = bug.type or ("enhancement" if bug.severity == "enhancement" else "defect")
        if kind != "defect" and not self.every_type:
            return Skipped(f"not a bug: {kind}")
        text = clean(self._report(bug))
        return Issue(
            record_id=f"bugzilla:{bug.id}",
            title=clean(bug.summary),
            text=text,
            labels=tuple(_labels(bug)),
            env=_environment(bug, text),
        )

    def _report(self, bug: _Bug) -> str:
        for comment in bug.comments or ():
            if comment.count in (0, None):
                return comment.raw_text or comment.text or ""
        return self._reports.get(str(bug.id)) or bug.description or ""


def _is_bug(item: dict[str, Json]) -> bool:
    return "id" in item and "summary" in item and "fields" not in item


def _labels(bug: _Bug) -> list[str]:
    labels = [_LABELS.get(keyword, keyword) for keyword in bug.keywords]
    if any(keyword.startswith(("sec-", "csectype-")) for keyword in bug.keywords):
        labels.append("security")
    if stated(bug.cf_crash_signature):
        labels.append("crash")
    return [*labels, *_several(bug.component)]


def _environment(bug: _Bug, text: str) -> Env:
    """The bug's own fields; what they leave open as the reporter's user agent tells it."""
    opening = "\n".join(text.split("\n")[:_AGENT_LINES])
    agent = _AGENT.search(opening)
    env = parse_env(agent[0]) if agent else {}
    system = stated(bug.op_sys)
    if system and not env.get("os", "").startswith(system):
        env["os"] = system
    version = stated(", ".join(_several(bug.version)))
    # The product alone says nothing of where the bug was seen.
    product = with_version(bug.product, version) if version else None
    return env | environment_of(platform=bug.platform, product=product)


def _several(value: str | Sequence[str] | None) -> list[str]:
    """Red Hat's Bugzilla gives arrays where others give one text."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
