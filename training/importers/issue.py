"""What every tool's items are read into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Issue:
    """One report as its tracker has it, whatever the tracker.

    `text` is the report without its title; `labels` is what it was filed under; `env` comes from
    the tracker's own fields, its keys are those of `schemas.report.Environment`. `stacktrace` is
    a trace that the tool keeps apart from the text, `images` are the addresses of screenshots.
    """

    record_id: str | None
    title: str
    text: str = ""
    labels: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    stacktrace: str = ""
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that is no bug report, and what it is instead, in the tool's own words."""

    reason: str
