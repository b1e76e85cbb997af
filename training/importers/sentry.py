"""Sentry events: what SDKs send and what the web API gives."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from training.importers.environment import environment_of, with_version
from training.importers.images import plain_address
from training.importers.issue import Issue, Skipped
from training.importers.sentry_event import SentryEvent, read_event
from training.importers.sentry_trace import trace_of
from training.importers.tool import Json, Tool, objects
from training.recipe.cleaning import clean
from training.recipe.platforms import Env, parse_env
from training.recipe.words import words

_PARTS = frozenset(
    ("entries", "exception", "logentry", "stacktrace", "threads", "breadcrumbs", "contexts", "sdk")
)
_ERRORS = frozenset(("error", "default"))
_NO_ERRORS = frozenset(("debug", "info", "log", "sample"))
_NO_TITLE = "<unlabeled event>"
_POLICIES = ("csp", "hpkp", "expectct", "expectstaple", "nel")
_BAD_LEVELS = ("error", "fatal", "critical")
_SHOWN_BREADCRUMBS = 10
_MAX_TITLE_CHARS = 300
_VERSIONED = re.compile(r"(?P<name>.*\S)\s+v?(?P<version>\d[\w.+-]*)$")
_HASH = re.compile(r"[0-9a-f]{12,}", re.IGNORECASE)


class Sentry(Tool):
    """Error events of Sentry; transactions and reports of browsers' policies are skipped."""

    expected = (
        "Sentry events as the web API gives them (/events/ID/, with `entries`) or as an SDK sends "
        "them (with `exception`): one event, an array of events, or one a line"
    )

    def items(self, document: Json) -> Sequence[Json] | None:
        """An array of events, or one event."""
        if isinstance(document, list):
            found = objects(document[:10])
            return document if not document or any(map(_is_event, found)) else None
        return [document] if isinstance(document, dict) and _is_event(document) else None

    def name(self, item: Json) -> str | None:
        """`event 9999aaaa`, by the beginning of its id."""
        found = item.get("event_id") or item.get("eventID") or item.get("id")
        return f"event {found[:8]}" if isinstance(found, str) and found else None

    def read(self, item: Json) -> Issue | Skipped:
        """An event: its title, message and error breadcrumbs as text, its frames as a trace."""
        event = read_event(item)
        kind = _other_kind(event) or _policy(item)
        if kind and not self.every_type:
            return Skipped(f"not an error: {kind}")
        return Issue(
            record_id=f"sentry:{event.event_id}" if event.event_id else None,
            title=clean(_title(event)),
            text="\n\n".join(_paragraphs(event)),
            labels=("crash",) if event.severity == "fatal" else (),
            env=_environment(event),
            stacktrace=trace_of(event),
        )


def _is_event(item: dict[str, Json]) -> bool:
    return bool(_PARTS & item.keys()) or any(key.startswith("sentry.interfaces.") for key in item)


def _other_kind(event: SentryEvent) -> str:
    """What an event is that is no error; empty for an error."""
    if event.type and event.type not in _ERRORS:
        return event.type
    return event.severity if event.severity in _NO_ERRORS else ""


def _policy(item: dict[str, Json]) -> str:
    """The policy that a browser reports on, which old SDKs tell by a key only."""
    keys = {key.lower().removeprefix("sentry.interfaces.") for key in item}
    return next((name for name in _POLICIES if name in keys), "")


def _title(event: SentryEvent) -> str:
    """`Type: value` of the exception that was reported, else the event's own title or message."""
    if event.exceptions:
        raised = event.exceptions[-1]
        name, value = (raised.type or "").lstrip("*"), _first_line(raised.value)
        if name or value:
            return _shortened(f"{name}: {value}" if name and value else name or value)
    title = _first_line(event.title)
    return _shortened(title if title and title != _NO_TITLE else _first_line(_said(event)))


def _said(event: SentryEvent) -> str:
    said = event.logentry or event.message or ""
    return "" if said == _NO_TITLE else said


def _first_line(text: str | None) -> str:
    return next((line.strip() for line in (text or "").splitlines() if line.strip()), "")


def _shortened(text: str) -> str:
    """A line that is too long for a title, up to the last whole word."""
    if len(text) <= _MAX_TITLE_CHARS:
        return text
    return text[:_MAX_TITLE_CHARS].rpartition(" ")[0] or text[:_MAX_TITLE_CHARS]


def _paragraphs(event: SentryEvent) -> Iterator[str]:
    title = _title(event)
    value = clean(event.exceptions[-1].value) if event.exceptions else ""
    where = clean(event.transaction or event.culprit)
    said = clean(_said(event))
    # Sentry itself makes up a message of the title, the culprit and the file.
    known = words(f"{title} {value} {where} {event.location or ''}")
    if not set(words(said)) <= set(known):
        yield said
    rest = value if len(_first_line(value)) > _MAX_TITLE_CHARS else value.partition("\n")[2]
    if rest.strip():
        yield rest.strip()
    if where:
        yield f"In {where}"
    if event.request is not None and event.request.url:
        address = plain_address(event.request.url)
        if address:
            yield " ".join(filter(None, ("Request:", event.request.method, address)))
    errors = [
        f"- {_first_line(crumb.message)}"
        for crumb in event.breadcrumbs
        if crumb.level in _BAD_LEVELS and _first_line(crumb.message)
    ]
    if errors:
        yield "Errors before it:\n" + "\n".join(errors[-_SHOWN_BREADCRUMBS:])


def _environment(event: SentryEvent) -> Env:
    """What the contexts say, else the tags, else the user agent. Names of devices are people's."""
    env = _system(event) | _browser(event)
    agent = event.request.headers.get("User-Agent", "") if event.request else ""
    release = event.release or event.tags.get("release") or event.tags.get("sentry:release") or ""
    app = _context(event, "app")
    device = _context(event, "device")
    return (
        parse_env(agent)
        | env
        | environment_of(
            device=_text(device, "model") or _text(device, "family") or event.tags.get("device"),
            runtime=_runtime(event),
            appVersion=_text(app, "app_version"),
            release=None if _HASH.fullmatch(release) else release,
            environment=event.environment or event.tags.get("environment"),
        )
    )


def _system(event: SentryEvent) -> Env:
    os = _context(event, "os")
    told = with_version(_text(os, "name"), _text(os, "version"))
    return environment_of(os=told or event.tags.get("os") or event.tags.get("os.name"))


def _browser(event: SentryEvent) -> Env:
    browser = _context(event, "browser")
    name, version = _text(browser, "name"), _text(browser, "version")
    if not name:
        tag = event.tags.get("browser", "")
        split = _VERSIONED.match(tag)
        name, version = (split["name"], split["version"]) if split else (tag, "")
    return environment_of(browser=name, browserVersion=version)


def _runtime(event: SentryEvent) -> str:
    runtime = _context(event, "runtime")
    told = with_version(_text(runtime, "name"), _text(runtime, "version"))
    return told or event.tags.get("runtime", "")


def _context(event: SentryEvent, kind: str) -> dict[str, Any]:
    """The context of that name, else the first that calls itself of that type."""
    named = event.contexts.get(kind)
    if named is not None:
        return dict(named)
    typed = (context for context in event.contexts.values() if context.get("type") == kind)
    return dict(next(typed, {}))


def _text(context: dict[str, Any], key: str) -> str:
    value = context.get(key)
    return str(value) if isinstance(value, str | int | float) else ""
