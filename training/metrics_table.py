"""Metrics as tables: a model beside its baselines, for a terminal or a model card."""

from collections.abc import Mapping, Sequence

from schemas.summary import FieldName
from training.metrics import FieldMetrics, Metrics

MODEL = "model"
_FIELD_HEADER = (
    "field", "system", "stated", "right", "EM", "R-1", "R-2", "R-L", "right all", "R-L all",
    "NS P", "NS R", "NS F1",
)  # fmt: skip
_CATEGORY_HEADER = ("category by", "stated", "accuracy", "macro-F1")
_LEGEND = (
    "Right: at least 80 % of the words of the answer's first line are in the annotation. EM exact "
    "match, R ROUGE F1 (R-1 is the token F1): over records whose annotation states the field. "
    "All: over every record, a rightly missing answer counts 1. "
    "NS: finding `Not stated`."
)


def format_table(
    metrics: Metrics, baselines: Mapping[str, Metrics] | None = None, *, markdown: bool = False
) -> str:
    """Each field with a row per system, then the category; columns are aligned in both forms."""
    systems = {MODEL: metrics, **(baselines or {})}
    fields = [
        (field.value, name, *_field_cells(found.fields[field]))
        for field in FieldName
        for name, found in systems.items()
    ]
    categories = [
        (
            name,
            str(sum(found.category.counts.values())),
            _figure(found.category.accuracy),
            _figure(found.category.macro_f1),
        )
        for name, found in systems.items()
    ]
    return "\n\n".join(
        (
            _table(_FIELD_HEADER, fields, text_columns=2, markdown=markdown),
            _table(_CATEGORY_HEADER, categories, text_columns=1, markdown=markdown),
            f"{metrics.count} records. {_LEGEND}",
        )
    )


def _field_cells(field: FieldMetrics) -> tuple[str, ...]:
    missing = field.not_stated
    figures = (
        field.right,
        field.exact_match,
        field.rouge1,
        field.rouge2,
        field.rouge_l,
        field.right_overall,
        field.rouge_l_overall,
        missing.precision,
        missing.recall,
        missing.f1,
    )
    return (str(field.stated), *map(_figure, figures))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int, *, markdown: bool
) -> str:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if at < text_columns else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |" if markdown else "  ".join(padded).rstrip()

    # A colon at the right end of a rule aligns a Markdown column to the right.
    rule = [
        "-" * width if at < text_columns or not markdown else "-" * (width - 1) + ":"
        for at, width in enumerate(widths)
    ]
    return "\n".join(map(line, (header, rule, *rows)))
