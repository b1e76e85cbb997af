"""The card's figures as Markdown tables."""

from schemas.summary import FieldName
from training.evaluation.metrics import Metrics
from training.evaluation.tables import between, number, table
from training.recipe.figures.measured import EARLIER, MODEL, Figures
from training.recipe.figures.sentence_labels import LABELS

_SHORT = {
    FieldName.ENVIRONMENT: "environment",
    FieldName.ACTUAL_BEHAVIOR: "actual",
    FieldName.EXPECTED_BEHAVIOR: "expected",
    FieldName.BUG_CATEGORY: "category",
    FieldName.SUGGESTED_SOLUTION: "solution",
}
_IN_GROUPS = (
    FieldName.ENVIRONMENT,
    FieldName.ACTUAL_BEHAVIOR,
    FieldName.EXPECTED_BEHAVIOR,
)
_GOLD = {"read": "Read sentence by sentence", "headings": "Under the reporter's own headings"}


def format_figures(figures: Figures) -> str:
    """All tables, each under its heading."""
    parts = [f"### {title}\n\n{_systems(figures, group)}" for group, title in _GOLD.items()]
    parts += [
        f"### By project, time and chance\n\n{_groups(figures)}",
        f"### Environment by part\n\n{_environment(figures)}",
        f"### Confidences\n\n{_confidences(figures)}",
        f"### Sentences\n\n{_sentences(figures)}",
        f"### Other forms of the same reports\n\n{robustness_table(figures)}",
    ]
    return "\n\n".join(parts)


def _systems(figures: Figures, group: str) -> str:
    found = figures.by_group[group]
    rows = [
        (
            _SHORT[field],
            name,
            _with_interval(metrics, field),
            number(metrics.fields[field].rouge_l_overall),
            number(metrics.fields[field].token_f1),
            *(
                number(value)
                for value in (
                    metrics.fields[field].not_stated.precision,
                    metrics.fields[field].not_stated.recall,
                    metrics.fields[field].not_stated.f1,
                )
            ),
        )
        for field in FieldName
        if field is not FieldName.BUG_CATEGORY
        for name, metrics in found.items()
    ]
    header = ("field", "system", "right (95 %)", "R-L", "token F1", "NS P", "NS R", "NS F1")
    whole = table(header, rows, text_columns=2, markdown=True)
    count = next(iter(found.values())).count
    if group != "read":
        return f"{count} reports.\n\n{whole}"
    categories = [
        (
            name,
            f"{number(one.category.accuracy)} ({between(one.category.intervals.get('accuracy'))})",
            f"{number(one.category.macro_f1)} ({between(one.category.intervals.get('macroF1'))})",
            number(figures.best[name]),
        )
        for name, one in found.items()
    ]
    by_system = ("system", "category accuracy (95 %)", "macro-F1 (95 %)", "most telling sentence")
    return f"{count} reports.\n\n{whole}\n\n{table(by_system, categories, 1, markdown=True)}"


def _with_interval(metrics: Metrics, field: FieldName) -> str:
    figures = metrics.fields[field]
    return f"{number(figures.right_overall)} ({between(figures.intervals.get('rightOverall'))})"


def _groups(figures: Figures) -> str:
    rows = []
    for group, found in sorted(figures.by_group.items(), key=lambda item: -item[1][MODEL].count):
        if group in _GOLD:
            continue
        metrics = found[MODEL]
        rows.append(
            (
                group,
                str(metrics.count),
                *(_with_interval(metrics, field) for field in _IN_GROUPS),
            )
        )
    header = ("group", "reports", "environment", "actual", "expected")
    return table(header, rows, text_columns=1, markdown=True)


def _environment(figures: Figures) -> str:
    rows = [
        (
            name,
            *(f"{part.exact} of {part.stated}" for part in parts.values()),
        )
        for name, parts in figures.environment.items()
        if name in (MODEL, EARLIER)
    ]
    return table(("system", "OS", "browser", "version"), rows, text_columns=1, markdown=True)


def _confidences(figures: Figures) -> str:
    metrics = figures.by_group["read"][MODEL]
    rows = []
    for field in FieldName:
        calibration = metrics.fields[field].calibration
        rows.append(
            (
                _SHORT[field],
                number(calibration.expected_error if calibration else None),
                number(calibration.expected_error_by_chance if calibration else None),
                f"{figures.coverage[MODEL][field]:.0%}",
            )
        )
    header = ("field", "ECE", "by chance", "coverage at 90 % precision")
    return table(header, rows, text_columns=1, markdown=True)


def _sentences(figures: Figures) -> str:
    rows = [
        (
            label,
            name,
            *(
                number(value)
                for value in (found[label].precision, found[label].recall, found[label].f1)
            ),
        )
        for label in LABELS
        for name, found in figures.sentences.items()
        if label in found
    ]
    return table(("sentences", "system", "P", "R", "F1"), rows, text_columns=2, markdown=True)


def robustness_table(figures: Figures) -> str:
    """How right the fields are in each form, and how much that differs from the first form."""
    plain, *others = figures.robustness.items()
    rows = [
        (plain[0], *(number(value) for value in plain[1].values())),
        *(
            (
                name,
                *(
                    f"{number(right)} ({right - plain[1][field]:+.3f})"
                    for field, right in found.items()
                ),
            )
            for name, found in others
        ),
    ]
    return table(("form", *_SHORT.values()), rows, text_columns=1, markdown=True)
