"""A comparison of two models as text, for a terminal."""

from training.evaluation.comparison import Comparison, WorseReport, verdicts
from training.evaluation.tables import between_signed, p_value, signed, spoken, table

_SHOWN_CHARS = 100
LEGEND = (
    "A minus B with 95 % paired bootstrap intervals. p is of McNemar's exact test for right or "
    "wrong and of a paired permutation test for the others; Holm's adjustment is for all the tests "
    "together, and a difference counts as significant where it is below 0.05. No significant "
    "difference doesn't mean that the models are equal."
)


def format_comparison(comparison: Comparison) -> str:
    """The tests, what they say, how many reports got better or worse, and those that lost most."""
    rows = []
    for test in comparison.tests:
        found = comparison.differences[test.figure]
        rows.append(
            (
                spoken(test.figure),
                signed(found.value),
                between_signed(found.interval),
                test.test,
                p_value(test.p),
                p_value(test.adjusted_p),
                test.verdict,
            )
        )
    header = ("figure", "A - B", "95 %", "test", "p", "Holm", "A is")
    counts = (
        f"Of {comparison.count} reports A answers {comparison.better} better than B, "
        f"{comparison.worse} worse and {comparison.equal} alike."
    )
    return "\n\n".join(
        (
            f"A: {comparison.ours}\nB: {comparison.theirs}",
            table(header, rows, text_columns=1),
            verdicts(comparison),
            counts,
            *(_report(one) for one in comparison.worst),
            LEGEND,
        )
    )


def _report(report: WorseReport) -> str:
    standing = f"{report.ours_right} of 5 fields right, B {report.theirs_right}"
    closeness = f"closeness {report.ours_closeness:.2f}, B {report.theirs_closeness:.2f}"
    lines = [f"{report.report}: {standing}; {closeness}"]
    for field in report.fields:
        if field.got_worse:
            lines += [
                f"  {field.field.value}",
                f"    annotated: {_short(field.annotation)}",
                f"    B: {_short(field.theirs)}",
                f"    A: {_short(field.ours)}",
            ]
    return "\n".join(lines)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else f"{line[: _SHOWN_CHARS - 1]}…"
