"""A Sentry event, in whichever of its spellings it comes.

SDKs send snake_case (`exception.values`, `abs_path`); the web API answers in camelCase, with the
exception, the breadcrumbs and the request as `entries`; old SDKs wrote `sentry.interfaces.*`.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from training.importers.tool import Export, Json, objects

_INTERFACES = {
    "Exception": "exception",
    "Stacktrace": "stacktrace",
    "Message": "logentry",
    "Http": "request",
    "Breadcrumbs": "breadcrumbs",
}
_ENTRIES = {"message": "logentry"}
_PLACES = ("function", "module", "filename", "abs_path", "absPath")


def _values(value: object) -> object:
    """A list stands by itself or as `values`, with null for what was dropped."""
    if isinstance(value, dict):
        value = value.get("values", [value] if value else [])
    return [item for item in value if item is not None] if isinstance(value, list) else ()


def _pairs(value: object) -> object:
    """Tags and headers: an object, pairs, or objects with `key` and `value`; no others count."""
    if isinstance(value, list):
        pairs = [
            [item.get("key"), item.get("value")] if isinstance(item, dict) else item
            for item in value
        ]
        value = {
            str(pair[0]): pair[1] for pair in pairs if isinstance(pair, list) and len(pair) == 2
        }
    if not isinstance(value, dict):
        return {}
    # PHP's SDK gives the values of a header as a list.
    plain = {
        key: text[0] if isinstance(text, list) and text else text for key, text in value.items()
    }
    return {
        str(key): str(text) for key, text in plain.items() if isinstance(text, str | int | float)
    }


def _contexts(value: object) -> object:
    """The contexts that are objects; what SDKs put there otherwise is their own affair."""
    if not isinstance(value, dict):
        return {}
    return {key: context for key, context in value.items() if isinstance(context, dict)}


def _version(value: object) -> object:
    """The web API gives a release as an object."""
    return value.get("version") if isinstance(value, dict) else value


def _text_or_none(value: object) -> object:
    return value if isinstance(value, str) else None


def _message(value: object) -> object:
    """A message stands as a text or as `formatted`, of old SDKs as `message`."""
    return value.get("formatted") or value.get("message") if isinstance(value, dict) else value


def _object_or_none(value: object) -> object:
    return value if isinstance(value, dict) else None


Text = Annotated[str | None, BeforeValidator(_text_or_none)]
Pairs = Annotated[Mapping[str, str], BeforeValidator(_pairs)]


class SentryFrame(Export):
    """One call. `context` is the web API's source lines with their numbers."""

    function: Text = None
    module: Text = None
    filename: Text = None
    path: Text = Field(default=None, validation_alias=AliasChoices("abs_path", "absPath"))
    line: int | None = Field(default=None, validation_alias=AliasChoices("lineno", "lineNo"))
    column: int | None = Field(default=None, validation_alias=AliasChoices("colno", "colNo"))
    platform: Text = None
    source: Text = Field(default=None, validation_alias="context_line")
    context: Any = None

    @property
    def source_line(self) -> str:
        """The line of code that was running, without indentation; empty where unknown."""
        if self.source:
            return self.source.strip()
        lines = self.context if isinstance(self.context, list) else []
        for line in lines:
            if isinstance(line, list) and len(line) == 2 and line[0] == self.line:
                return str(line[1] or "").strip()
        return ""


def _frames(value: object) -> object:
    """The frames that name a place; SDKs leave empty ones where they know nothing."""
    frames = objects(value.get("frames")) if isinstance(value, dict) else []
    return [frame for frame in frames if any(frame.get(key) for key in _PLACES)]


Frames = Annotated[tuple[SentryFrame, ...], BeforeValidator(_frames)]


class SentryMechanism(Export):
    """How an exception was caught; `source` names the attribute that chained it to the next."""

    handled: bool | None = None
    source: Text = None


class SentryException(Export):
    """One exception of a chain, its frames from the outermost call to the one that raised."""

    type: Text = None
    value: Text = None
    module: Text = None
    frames: Frames = Field(default=(), validation_alias="stacktrace")
    mechanism: Annotated[SentryMechanism | None, BeforeValidator(_object_or_none)] = None

    @property
    def says_something(self) -> bool:
        """Whether it has a name, a message or frames."""
        return bool(self.type or self.value or self.frames)

    @property
    def handled(self) -> bool:
        """Whether the program caught it; false only where the SDK says so."""
        return self.mechanism is None or self.mechanism.handled is not False


class SentryThread(Export):
    """A thread of a native crash, whose frames stand here and not in the exception."""

    crashed: bool | None = None
    current: bool | None = None
    frames: Frames = Field(default=(), validation_alias="stacktrace")


class SentryBreadcrumb(Export):
    """What happened before the event."""

    level: Text = None
    category: Text = None
    message: Text = None


class SentryRequest(Export):
    """The HTTP request that was served or made; of its headers only the user agent is read."""

    url: Text = None
    method: Text = None
    headers: Pairs = Field(default_factory=dict)


class SentryEvent(Export):
    """An event. Exceptions stand in the order of their raising, the root cause first."""

    event_id: Text = Field(default=None, validation_alias=AliasChoices("event_id", "eventID", "id"))
    type: Text = None
    platform: Text = None
    level: Text = None
    title: Text = None
    culprit: Text = None
    location: Text = None
    transaction: Text = None
    release: Annotated[Text, BeforeValidator(_version)] = None
    environment: Text = None
    message: Annotated[Text, BeforeValidator(_message)] = None
    logentry: Annotated[Text, BeforeValidator(_message)] = None
    tags: Pairs = Field(default_factory=dict)
    contexts: Annotated[Mapping[str, Mapping[str, Any]], BeforeValidator(_contexts)] = Field(
        default_factory=dict
    )
    exceptions: Annotated[tuple[SentryException, ...], BeforeValidator(_values)] = Field(
        default=(), validation_alias="exception"
    )
    frames: Frames = Field(default=(), validation_alias="stacktrace")
    threads: Annotated[tuple[SentryThread, ...], BeforeValidator(_values)] = ()
    breadcrumbs: Annotated[tuple[SentryBreadcrumb, ...], BeforeValidator(_values)] = ()
    request: Annotated[SentryRequest | None, BeforeValidator(_object_or_none)] = None

    @property
    def severity(self) -> str:
        """How bad it is; the web API tells that among the tags."""
        return self.level or self.tags.get("level", "")


def read_event(item: Json) -> SentryEvent:
    """Read an event, whatever its spelling.

    Raises:
        ValidationError: a part is of another type than its name says.
    """
    return SentryEvent.model_validate(_one_spelling(item))


def _one_spelling(item: Json) -> Json:
    if not isinstance(item, dict):
        return item
    event = dict(item)
    for old, name in _INTERFACES.items():
        old_key = f"sentry.interfaces.{old}"
        if old_key in event:
            event.setdefault(name, event[old_key])
    for entry in objects(event.get("entries")):
        kind = str(entry.get("type"))
        event.setdefault(_ENTRIES.get(kind, kind), entry.get("data"))
    return event
