"""Two models on the same records: which is better, and on which reports."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from schemas.base import Schema
from schemas.record import TrainingRecord
from schemas.summary import FieldName
from training.evaluation.evaluation import (
    TEXT_FIELDS,
    Difference,
    Evaluated,
    differences,
    report_name,
)
from training.evaluation.examples import excerpt
from training.evaluation.figures import ACCURACY, MACRO_F1, NAMES, Figures, name_of
from training.evaluation.metrics import measured
from training.evaluation.scores import ReportScores
from training.evaluation.significance import LEVEL, holm, mcnemar_p, permutation_p
from training.evaluation.tables import spoken

SHOWN_REPORTS = 20

Verdict = Literal["better", "worse", "no significant difference"]

_SENTENCES: dict[Verdict, str] = {
    "better": "A is better on",
    "worse": "A is worse on",
    "no significant difference": "There is no significant difference on",
}
_PERMUTED = (*(name_of(field, "rougeLOverall") for field in TEXT_FIELDS), MACRO_F1)


class SignificanceTest(Schema):
    """One headline figure of A against B; `adjusted_p` takes into account how many were tested."""

    figure: str
    test: Literal["McNemar", "permutation"]
    p: float
    adjusted_p: float
    verdict: Verdict


class FieldChange(Schema):
    """One field of a report, as it is annotated and as both models answer it."""

    field: FieldName
    annotation: str
    ours: str
    theirs: str
    ours_right: bool
    theirs_right: bool
    ours_rouge_l: float
    theirs_rouge_l: float

    @property
    def got_worse(self) -> bool:
        """Whether A is wrong where B is right, or as right and further from the annotation."""
        return (self.ours_right, self.ours_rouge_l) < (self.theirs_right, self.theirs_rouge_l)

    @property
    def differs(self) -> bool:
        """Whether the models say different things."""
        return self.ours != self.theirs


class WorseReport(Schema):
    """A report that A answers worse than B: fewer fields right, or as many and less close."""

    report: str
    excerpt: str
    ours_right: int
    theirs_right: int
    ours_closeness: float
    theirs_closeness: float
    fields: list[FieldChange]


class Comparison(Schema):
    """Model A against model B, the one before; differences are A minus B.

    `better`, `worse` and `equal` count reports by how many of their fields are right, and of as
    many by how close they are (`scores.ReportScores.standing`). `worst` are those that lost most.
    """

    ours: str
    theirs: str
    count: int
    differences: dict[str, Difference]
    tests: list[SignificanceTest]
    better: int
    worse: int
    equal: int
    worst: list[WorseReport]


def compare(
    ours: Evaluated,
    theirs: Evaluated,
    records: Iterable[TrainingRecord],
    folders: tuple[Path, Path],
    shown: int = SHOWN_REPORTS,
) -> Comparison:
    """Compare two models that were evaluated on the same records in the same order.

    `folders` are those of the models, which may have the same name and version.
    """
    first, second = Figures.of(ours.scores), Figures.of(theirs.scores)
    both = list(zip(ours.scores, theirs.scores, strict=True))
    measured_first, measured_second = measured([first, second])
    found = differences(measured_first, measured_second, NAMES)
    moved = [_moved(a, b) for a, b in both]
    lost = [at for at in range(len(both)) if moved[at] < (0, 0)]
    lost.sort(key=lambda at: moved[at])
    return Comparison(
        ours=f"{ours.evaluation.model} in {folders[0]}",
        theirs=f"{theirs.evaluation.model} in {folders[1]}",
        count=len(both),
        differences=found,
        tests=_tests(both, first, second, found),
        better=sum(one > (0, 0) for one in moved),
        worse=len(lost),
        equal=sum(one == (0, 0) for one in moved),
        worst=_worst(lost[:shown], ours, theirs, records),
    )


def verdicts(comparison: Comparison) -> str:
    """What the tests say, in one plain sentence for each verdict."""
    said: list[str] = []
    for verdict, words in _SENTENCES.items():
        figures = [spoken(test.figure) for test in comparison.tests if test.verdict == verdict]
        if figures:
            said.append(f"{words} {', '.join(figures)}.")
    return " ".join(said)


def _moved(ours: ReportScores, theirs: ReportScores) -> tuple[int, float]:
    """By how much A stands above B on a report."""
    right, closeness = ours.standing
    their_right, their_closeness = theirs.standing
    return right - their_right, round(closeness - their_closeness, 9)


def _tests(
    both: Sequence[tuple[ReportScores, ReportScores]],
    first: Figures,
    second: Figures,
    found: dict[str, Difference],
) -> list[SignificanceTest]:
    exact = {name_of(field, "rightOverall"): _mcnemar(both, field) for field in TEXT_FIELDS}
    if ACCURACY in found:
        exact[ACCURACY] = _mcnemar(both, FieldName.BUG_CATEGORY, only_stated=True)
    p_values = exact | permutation_p(first, second, _PERMUTED)
    return [
        SignificanceTest(
            figure=name,
            test="McNemar" if name in exact else "permutation",
            p=p,
            adjusted_p=adjusted,
            verdict=_verdict(adjusted, found[name].value),
        )
        for (name, p), adjusted in zip(p_values.items(), holm(list(p_values.values())), strict=True)
    ]


def _mcnemar(
    both: Sequence[tuple[ReportScores, ReportScores]],
    field: FieldName,
    *,
    only_stated: bool = False,
) -> float:
    pairs = [
        (a.fields[field].right, b.fields[field].right)
        for a, b in both
        if a.fields[field].stated or not only_stated
    ]
    return mcnemar_p(pairs.count((True, False)), pairs.count((False, True)))


def _verdict(adjusted_p: float, difference: float) -> Verdict:
    if adjusted_p >= LEVEL:
        return "no significant difference"
    return "better" if difference > 0 else "worse"


def _worst(
    places: Sequence[int], ours: Evaluated, theirs: Evaluated, records: Iterable[TrainingRecord]
) -> list[WorseReport]:
    wanted = set(places)
    shown = {
        at: _worse_report(at, record, ours, theirs)
        for at, record in enumerate(records)
        if at in wanted
    }
    return [shown[at] for at in places]


def _worse_report(
    at: int, record: TrainingRecord, ours: Evaluated, theirs: Evaluated
) -> WorseReport:
    first, second = ours.scores[at], theirs.scores[at]
    annotated = record.output.by_field()
    return WorseReport(
        report=report_name(record, at),
        excerpt=excerpt(record),
        ours_right=first.right_fields,
        theirs_right=second.right_fields,
        ours_closeness=first.closeness,
        theirs_closeness=second.closeness,
        fields=[
            FieldChange(
                field=field,
                annotation=annotated[field],
                ours=ours.answers[at].said(field),
                theirs=theirs.answers[at].said(field),
                ours_right=first.fields[field].right,
                theirs_right=second.fields[field].right,
                ours_rouge_l=first.fields[field].rouge_l,
                theirs_rouge_l=second.fields[field].rouge_l,
            )
            for field in FieldName
        ],
    )
