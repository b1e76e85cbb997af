"""GitHub issues: what its REST API, its GraphQL API, its webhooks and `gh issue list` give."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from training.importers.images import images_in
from training.importers.issue import Issue, Skipped
from training.importers.tool import Export, Json, Tool, objects
from training.recipe.cleaning import clean

_API_ADDRESS = re.compile(r"/repos/(?P<name>[\w.-]+/[\w.-]+)")
_PAGE_ADDRESS = re.compile(r"^https?://[^/]+/(?P<name>[\w.-]+/[\w.-]+)/(?:issues|pull)/\d+")
_CODE_OR_COMMENT = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n|<!--", re.MULTILINE)
_LINE_END = re.compile(r"[ \t]*\n?")
_NOT_BUGS = frozenset(
    ("enhancement", "feature", "feature request", "feature-request", "question", "discussion")
)
_BUG = re.compile(r"\b(?:bug|defect|crash|regression)\b", re.IGNORECASE)


def _names(value: object) -> object:
    """Labels are strings, objects with a name, or GraphQL's object of nodes."""
    if isinstance(value, dict):
        value = value.get("nodes")
    if not isinstance(value, list):
        return () if value is None else value
    return tuple(label.get("name") if isinstance(label, dict) else label for label in value)


def _name(value: object) -> object:
    return value.get("name") if isinstance(value, dict) else value


class _GitHubIssue(Export):
    number: int
    title: str
    body: str | None = None
    labels: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    type: Annotated[str | None, BeforeValidator(_name)] = Field(
        default=None, validation_alias=AliasChoices("type", "issueType")
    )
    pull_request: Any = Field(default=None)
    repository_url: str | None = None
    html_url: str | None = None
    url: str | None = None

    def repository(self) -> str:
        """`owner/name`, empty where no address tells."""
        for address in (self.repository_url, self.url, self.html_url):
            found = _API_ADDRESS.search(address or "") or _PAGE_ADDRESS.search(address or "")
            if found:
                return found["name"]
        return ""


class GitHub(Tool):
    """Issues of GitHub; pull requests, which its REST API lists among them, are skipped."""

    expected = (
        "GitHub issues as GET /repos/OWNER/NAME/issues gives them (an array, one issue, or one a "
        "line), or `gh issue list --json number,title,body,labels,url`"
    )

    def items(self, document: Json) -> Sequence[Json] | None:
        """An array of issues, one issue, a search, a webhook's event or a GraphQL answer."""
        if isinstance(document, list):
            found = objects(document[:10])
            return document if not document or any(map(_is_issue, found)) else None
        if not isinstance(document, dict):
            return None
        if _is_issue(document):
            return [document]
        if isinstance(document.get("issue"), dict):
            return self.items(document["issue"])
        if isinstance(document.get("items"), list) and "total_count" in document:
            return self.items(document["items"])
        return _nodes(document)

    def name(self, item: Json) -> str | None:
        """`#12`."""
        number = item.get("number")
        return f"#{number}" if isinstance(number, int) else None

    def read(self, item: Json) -> Issue | Skipped:
        """An issue without the comments that its template left in it."""
        found = _GitHubIssue.model_validate(item)
        if found.pull_request is not None:
            return Skipped("pull request")
        other = self._other_type(found)
        if other and not self.every_type:
            return Skipped(f"not a bug: {other}")
        text = without_comments(clean(found.body))
        return Issue(
            record_id=f"github:{found.repository()}#{found.number}",
            title=clean(found.title),
            text=text,
            labels=found.labels,
            images=images_in(text),
        )

    def _other_type(self, found: _GitHubIssue) -> str:
        """What the issue is filed as in place of a bug; empty where nothing says so."""
        if found.type is not None:
            return "" if _BUG.search(found.type) else found.type
        if any(map(_BUG.search, found.labels)):
            return ""
        kinds = (re.split(r"[:/]\s*", label)[-1].lower() for label in found.labels)
        return next((kind for kind in kinds if kind in _NOT_BUGS), "")


def _is_issue(item: dict[str, Json]) -> bool:
    return "number" in item and "title" in item and "fields" not in item


def _nodes(document: dict[str, Json]) -> list[Json] | None:
    inner: Json = document
    for key in ("data", "repository", "issues", "nodes"):
        if not isinstance(inner, dict) or key not in inner:
            return None
        inner = inner[key]
    return inner if isinstance(inner, list) else None


def without_comments(text: str) -> str:
    """A Markdown text without HTML comments, which nobody sees; code blocks stay as they are.

    A comment that never ends is none. Time grows linearly with the text.
    """
    kept: list[str] = []
    last_end = text.rfind("-->")
    place = at = 0
    while (found := _CODE_OR_COMMENT.search(text, at)) is not None:
        at = found.end()
        if found["fence"]:
            closing = re.compile(rf"^[ \t]*{found['fence']}[ \t]*$", re.MULTILINE)
            end = closing.search(text, at)
            at = end.end() if end else len(text)
        elif at <= last_end:
            kept.append(text[place : found.start()])
            rest = _LINE_END.match(text, text.index("-->", at) + len("-->"))
            place = at = rest.end() if rest else at
    kept.append(text[place:])
    return "".join(kept).strip()
