"""From an issue to a record: what was reported, and a draft of its summary."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from schemas.record import TrainingRecord
from schemas.report import (
    MAX_DESCRIPTION_CHARS,
    MAX_ENV_VALUE_CHARS,
    MAX_IMAGES,
    MAX_STACKTRACE_CHARS,
    Environment,
    ReportInput,
)
from schemas.summary import NOT_STATED, FieldName, Summary
from summarizer.environment import format_environment
from training.importers.issue import Issue
from training.importers.sections import sections
from training.importers.tally import Note
from training.recipe.category import categorize
from training.recipe.outline import PartKind
from training.recipe.scrub import scrub
from training.recipe.sentences import headed, states_expectation
from training.recipe.solutions import stated_solution
from training.recipe.surroundings import written
from training.recipe.words import token_f1

_TITLE_PREFIX = re.compile(
    r"^(?:\s*\[[^\]\n]{1,40}\]\s*:?|\s*(?:bug|issue|defect)(?:\([^)\n]{1,40}\))?\s*:)+\s*",
    re.IGNORECASE,
)
_SAME = 0.9
_LABEL_SPACE = re.compile(r"^.*[:/]\s*")


@dataclass(frozen=True, slots=True)
class Draft:
    """A record, and what a person should know of it."""

    record: TrainingRecord
    notes: tuple[Note, ...]


def draft(issue: Issue, *, scrubbed: bool = True) -> Draft:
    """The record of an issue, by default without personal data and secrets.

    Each part that is longer than a report may be is cut, at the end of a line where there is one.

    Raises:
        ValidationError: the issue says nothing, or holds what no report may.
    """
    notes: list[Note] = []
    tidied = _fitting(_scrubbed(issue) if scrubbed else issue, notes)
    report = _report(tidied, notes)
    summary = _summary(tidied, report.env, notes)
    return Draft(TrainingRecord(id=issue.record_id, input=report, output=summary), tuple(notes))


def _scrubbed(issue: Issue) -> Issue:
    return replace(
        issue,
        title=scrub(issue.title),
        text=scrub(issue.text),
        stacktrace=scrub(issue.stacktrace),
        env={key: scrub(value) for key, value in issue.env.items()},
    )


def _fitting(issue: Issue, notes: list[Note]) -> Issue:
    """The issue within the limits of a report; what it states is looked for in what is left."""
    room = max(0, MAX_DESCRIPTION_CHARS - len(issue.title) - 2)
    if len(issue.images) > MAX_IMAGES:
        notes.append(Note.CUT_IMAGES)
    return replace(
        issue,
        text=cut(issue.text, room, Note.CUT_DESCRIPTION, notes),
        stacktrace=cut(issue.stacktrace, MAX_STACKTRACE_CHARS, Note.CUT_STACKTRACE, notes),
        env={
            key: cut(value, MAX_ENV_VALUE_CHARS, Note.CUT_ENVIRONMENT, notes)
            for key, value in issue.env.items()
        },
        images=issue.images[:MAX_IMAGES],
    )


def _report(issue: Issue, notes: list[Note]) -> ReportInput:
    description = "\n\n".join(part for part in (issue.title, issue.text) if part)
    if not issue.text and not issue.stacktrace:
        notes.append(Note.TITLE_ONLY)
    return ReportInput(
        description=description or None,
        stacktrace_text=issue.stacktrace or None,
        env=Environment.model_validate(issue.env) if issue.env else None,
        image_paths=list(issue.images) or None,
    )


def cut(text: str, limit: int, note: Note, notes: list[Note]) -> str:
    """The text, at most `limit` characters of it; a note is left where it was longer."""
    if len(text) <= limit:
        return text
    notes.append(note)
    head = text[: limit + 1]
    for end in (head.rfind("\n"), head.rfind(", "), head.rfind(" ")):
        if end >= limit // 2:
            return head[:end].rstrip()
    return text[:limit]


def _summary(issue: Issue, env: Environment | None, notes: list[Note]) -> Summary:
    """What stands under the reporter's own headings, and what the tracker's own fields hold."""
    parts = sections(issue.text)
    told = headed(parts, PartKind.ACTUAL, PartKind.PROBLEM)
    actual = told[1] if told else _telling(issue.title)
    if actual and not told:
        notes.append(Note.TITLE_IS_ACTUAL)
    expected = headed(parts, PartKind.EXPECTED)
    # Who writes the same under both headings says what happens, not what should.
    wanted = expected[1] if expected and token_f1(expected[1], actual) <= _SAME else ""
    stated = {
        FieldName.ENVIRONMENT: format_environment(env) or written(parts),
        FieldName.ACTUAL_BEHAVIOR: actual,
        FieldName.EXPECTED_BEHAVIOR: wanted,
        FieldName.SUGGESTED_SOLUTION: stated_solution(parts, []),
    }
    if not any(stated.values()):
        notes.append(Note.NOTHING_STATED)
    title = _TITLE_PREFIX.sub("", issue.title)
    category = categorize(title, actual, list(_spread(issue.labels)), issue.text)
    return Summary.from_fields(
        {FieldName.BUG_CATEGORY: category}
        | {field: value or NOT_STATED for field, value in stated.items()}
    )


def _telling(title: str) -> str:
    """The title as a statement of what is wrong; empty where it asks or says what should be."""
    told = _TITLE_PREFIX.sub("", title).strip()
    return "" if told.endswith("?") or states_expectation(told) else told


def _spread(labels: Iterable[str]) -> Iterable[str]:
    """`kind/crash` and `Type: crash` are filed under `crash` as well."""
    for label in labels:
        yield label
        inner = _LABEL_SPACE.sub("", label).strip()
        if inner != label:
            yield inner
