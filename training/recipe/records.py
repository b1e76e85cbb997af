"""From one report to its training records."""

import re
from dataclasses import dataclass, replace

from schemas.record import TrainingRecord
from schemas.report import ReportInput
from schemas.summary import FieldName, Summary
from summarizer.cues import expected_cue, failure_cue
from summarizer.segmentation import Segment, split
from summarizer.stacktraces import find_traces
from training.recipe.category import categorize
from training.recipe.layout import Layout, render
from training.recipe.outline import Part, PartKind, outline
from training.recipe.reports import Report
from training.recipe.sentences import (
    expectation,
    failure,
    headed,
    states_expectation,
    told,
)
from training.recipe.solutions import fix_from_commit, stated_solution
from training.recipe.surroundings import Surroundings, mentioned, place
from training.recipe.words import share, token_f1, words

GOLD = "/gold"
"""How the id of a record to measure by ends."""

MAX_DESCRIPTION_CHARS = 12_000
MAX_FIELD_CHARS = 600
_HEADINGS_KEPT = 0.2
_EXPECTED_REMOVED = 0.48
_TITLE_GIVEN = 0.5
_TRACE_MOVED = 0.5
_RETOLD_MATCH = 0.4
_WISHFUL = 0.5


@dataclass(frozen=True, slots=True)
class Draft:
    """A record in the making.

    `gold` says that both answers stood under the reporter's headings and that the headings are
    left out of the input: a record to measure by. Its id ends in `/gold`. `certainty` says how sure
    the actual behaviour is, 0 to 1.
    """

    key: str
    description: str
    stacktrace: str
    surroundings: Surroundings
    actual: str
    expected: str
    solution: str
    category: str
    gold: bool = False
    certainty: float = 1.0

    @property
    def record_id(self) -> str:
        """The record's id: the report's key, marked where the record is one to measure by."""
        return f"{self.key}{GOLD}" if self.gold else self.key

    def to_record(self) -> TrainingRecord:
        """The same, validated."""
        return TrainingRecord(
            id=self.record_id,
            input=ReportInput(
                description=self.description or None,
                stacktrace_text=self.stacktrace or None,
                env=self.surroundings.env,
            ),
            output=Summary.from_fields(
                {
                    FieldName.ENVIRONMENT: self.surroundings.answer,
                    FieldName.ACTUAL_BEHAVIOR: self.actual,
                    FieldName.EXPECTED_BEHAVIOR: self.expected,
                    FieldName.BUG_CATEGORY: self.category,
                    FieldName.SUGGESTED_SOLUTION: self.solution,
                }
            ),
        )


def drafts(report: Report, held_out: bool) -> list[Draft]:
    """The records of one report, none where it cannot be read with confidence.

    A held-out report with its own headings gives one record without them.
    """
    parts = outline(report.text)
    made = [_sectioned(report, parts, held_out) or _narrative(report, parts)]
    if report.retold:
        made.append(_retold(report, parts))
    return [draft for draft in made if draft is not None and _is_sound(draft)]


def _sectioned(report: Report, parts: list[Part], held_out: bool) -> Draft | None:
    """A record of a report with both outcomes under headings of their own."""
    actual = headed(parts, PartKind.ACTUAL, PartKind.PROBLEM)
    expected = headed(parts, PartKind.EXPECTED)
    if actual is None or expected is None or token_f1(actual[1], expected[1]) > 0.9:
        return None
    key = report.key
    removed = share("expected removed", key) < _EXPECTED_REMOVED
    surroundings = place(key, report.environment, parts)
    layout = Layout(
        headings=not (held_out and report.curated) and share("headings", key) < _HEADINGS_KEPT,
        expected=not removed,
        environment=surroundings.keep,
        title=_given_title(report),
        extra=surroundings.extra,
    )
    description, stacktrace = _without_trace(key, render(key, parts, layout))
    wanted = expected[1]
    if removed:
        wanted = expectation(told(description), other_than=actual[1])
        if not wanted and states_expectation(actual[1]):
            return None
    return Draft(
        key=key,
        description=description,
        stacktrace=stacktrace,
        surroundings=_told_in(surroundings, told(description)),
        actual=actual[1],
        expected=wanted,
        solution=stated_solution(parts, told(description)),
        category=categorize(report.title, actual[1], report.labels, report.text),
        gold=report.curated
        and not layout.headings
        and actual[0].kind is PartKind.ACTUAL
        and (not removed or not wanted),
    )


def _narrative(report: Report, parts: list[Part]) -> Draft | None:
    """A record of a report that tells its bug without headings, or with only one of them."""
    key = report.key
    surroundings = place(key, report.environment, parts)
    layout = Layout(
        headings=False,
        expected=True,
        environment=surroundings.keep,
        title=_given_title(report),
        extra=surroundings.extra,
    )
    description, stacktrace = _without_trace(key, render(key, parts, layout))
    given = told(description)
    solution = stated_solution(parts, given)
    body = [
        sentence
        for place, sentence in enumerate(given)
        if sentence.text not in solution
        and not (place == 0 and layout.title and token_f1(sentence.text, report.title) > 0.8)
    ]
    headed_actual = headed(parts, PartKind.ACTUAL)
    headed_expected = headed(parts, PartKind.EXPECTED)
    actual, certainty = (headed_actual[1], 1.0) if headed_actual else failure(body, report.title)
    if not actual and layout.title and expected_cue(report.title) < _WISHFUL:
        actual, certainty = report.title, 0.6 * failure_cue(report.title)
    if len(words(actual)) < 2 or states_expectation(actual) or actual.endswith("?"):
        return None
    expected = headed_expected[1] if headed_expected else expectation(given, other_than=actual)
    fix = fix_from_commit(report.fix, report.title) if report.fix else ""
    return Draft(
        key=key,
        description=description,
        stacktrace=stacktrace,
        surroundings=_told_in(surroundings, given),
        actual=actual,
        expected=expected,
        solution=solution or fix,
        category=categorize(report.title, actual, report.labels, report.text),
        certainty=certainty,
    )


def _retold(report: Report, parts: list[Part]) -> Draft | None:
    """A record of the casual retelling, its answers found by those of the structured report."""
    actual, expected = headed(parts, PartKind.ACTUAL), headed(parts, PartKind.EXPECTED)
    if actual is None or expected is None:
        return None
    sentences = [segment.text for segment in told(report.retold)]
    happened = _nearest(actual[1], sentences)
    wanted = _nearest(expected[1], [text for text in sentences if text != happened])
    if not happened or not wanted:
        return None
    key = f"{report.key}/retold"
    return Draft(
        key=key,
        description=report.retold,
        stacktrace="",
        surroundings=_told_in(Surroundings(None, "", keep=True, answer=""), told(report.retold)),
        actual=happened,
        expected=wanted,
        solution=stated_solution([], told(report.retold)),
        category=categorize("", actual[1], report.labels, report.text),
    )


def _told_in(surroundings: Surroundings, sentences: list[Segment]) -> Surroundings:
    """The same, answered by a sentence of the description where nothing else tells."""
    if surroundings.answer:
        return surroundings
    return replace(surroundings, answer=mentioned(segment.text for segment in sentences))


def _nearest(wanted: str, sentences: list[str]) -> str:
    best = max(sentences, key=lambda text: token_f1(text, wanted), default="")
    return best if best and token_f1(best, wanted) >= _RETOLD_MATCH else ""


def _given_title(report: Report) -> str:
    return report.title if share("title", report.key) < _TITLE_GIVEN else ""


_EMPTY_BLOCK = re.compile(
    r"\{(?P<tag>code|noformat|quote)(?::[^}]*)?\}\s*\{(?P=tag)\}|```\w*\s*```|<pre>\s*</pre>"
)


def _without_trace(key: str, description: str) -> tuple[str, str]:
    """The description and its stack traces apart, for about half of the reports that have one."""
    if share("trace", key) >= _TRACE_MOVED:
        return description, ""
    traces = [trace for trace in find_traces(description) if len(trace.frames) >= 2]
    if not traces:
        return description, ""
    moved = "\n\n".join(description[trace.start : trace.end] for trace in traces)
    for trace in reversed(traces):
        description = f"{description[: trace.start].rstrip()}\n{description[trace.end :].lstrip()}"
    return _EMPTY_BLOCK.sub("", description).strip(), moved


def _is_sound(draft: Draft) -> bool:
    fields = (draft.actual, draft.expected, draft.solution, draft.surroundings.answer)
    if not draft.actual or any(len(field) > MAX_FIELD_CHARS for field in fields):
        return False
    if len(draft.description) > MAX_DESCRIPTION_CHARS or len(words(draft.description)) < 5:
        return False
    if draft.expected and token_f1(draft.actual, draft.expected) > 0.9:
        return False
    readable = " ".join(words(_visible(draft.description)))
    return all(_starts_in(field, readable) for field in (draft.actual, draft.expected) if field)


def _visible(description: str) -> str:
    return " ".join(segment.text for segment in split(description, "description"))


def _starts_in(field: str, readable: str) -> bool:
    return " ".join(words(field)[:5]) in readable
