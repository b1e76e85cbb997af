"""Jira issues: what its REST API gives, of Jira Cloud (v3 and v2), Server and Data Center."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator

from training.importers.adf import is_document, to_markdown
from training.importers.environment import environment_of, read_environment
from training.importers.images import plain_address
from training.importers.issue import Issue, Skipped
from training.importers.tool import Export, Json, Tool, objects
from training.recipe.cleaning import clean

_BUG = re.compile(
    r"\b(?:bugs?|defects?|faults?|incidents?|problems?|errors?|crash|regression)\b", re.IGNORECASE
)
_COLOUR = re.compile(r"\{color(?::[^}\n]*)?\}|\{html\}")


def _text(value: object) -> object:
    """Wiki markup of API v2 as it is, a document of v3 as Markdown."""
    return to_markdown(value) if isinstance(value, dict) and is_document(value) else value


def _name(value: object) -> object:
    return value.get("name") if isinstance(value, dict) else value


def _names(value: object) -> object:
    return () if value is None else tuple(map(_name, value)) if isinstance(value, list) else value


def _screenshots(value: object) -> tuple[object, ...]:
    return tuple(
        attachment.get("content")
        for attachment in objects(value)
        if str(attachment.get("mimeType")).startswith("image/")
    )


_Text = Annotated[str | None, BeforeValidator(_text)]
_Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class _Fields(Export):
    summary: str
    description: _Text = None
    environment: _Text = None
    issuetype: Annotated[str | None, BeforeValidator(_name)] = None
    components: _Names = ()
    labels: _Names = ()
    versions: _Names = ()
    attachment: Annotated[tuple[str | None, ...], BeforeValidator(_screenshots)] = ()


class _JiraIssue(Export):
    key: str
    fields: _Fields


class Jira(Tool):
    """Issues of Jira; those of other types than bugs are skipped."""

    expected = (
        'Jira issues as its REST API gives them: {"issues": [{"key", "fields": {...}}]}, an array '
        "of issues, one issue, or one a line"
    )

    def items(self, document: Json) -> Sequence[Json] | None:
        """The page of a search, an array of issues, or one issue."""
        if isinstance(document, list):
            found = objects(document[:10])
            return document if not document or any(map(_is_issue, found)) else None
        if not isinstance(document, dict):
            return None
        if _is_issue(document):
            return [document]
        issues = document.get("issues")
        return self.items(issues) if isinstance(issues, list) else None

    def name(self, item: Json) -> str | None:
        """`KEY-1`."""
        key = item.get("key")
        return key[:40] if isinstance(key, str) else None

    def read(self, item: Json) -> Issue | Skipped:
        """An issue; affected versions and the environment field become its environment."""
        found = _JiraIssue.model_validate(item)
        fields = found.fields
        kind = fields.issuetype
        if kind is not None and not _BUG.search(kind) and not self.every_type:
            return Skipped(f"not a bug: {kind}")
        addresses = (plain_address(address) for address in fields.attachment if address)
        return Issue(
            record_id=f"jira:{found.key}",
            title=clean(fields.summary),
            text=clean(_COLOUR.sub("", fields.description or "")),
            labels=(*fields.components, *fields.labels),
            env=read_environment(_COLOUR.sub("", clean(fields.environment)))
            | environment_of(version=", ".join(fields.versions)),
            images=tuple(address for address in addresses if address),
        )


def _is_issue(item: dict[str, Json]) -> bool:
    return "key" in item and isinstance(item.get("fields"), dict)
