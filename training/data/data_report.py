"""The report on the data: what was read, what is wrong with it and how it is split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from schemas.base import Schema
from schemas.summary import FieldName
from training.data.checks.checks import Checks
from training.data.checks.duplicates import duplicate_findings
from training.data.checks.finding import Finding
from training.data.checks.histogram import Distribution
from training.data.intake import Intake
from training.data.records import FileReport, format_report
from training.data.split import Part

OPTIONS = ("--dataset", "--eval-dataset")
"""What names the files that came in, first and second."""
SHOWN_PLACES = 3
SHOWN_FILES = 20
_SIZES = {
    Part.TRAIN: "to train on",
    Part.VALIDATION: "to choose by",
    Part.HELD_OUT: "held out",
    Part.NOT_CHOSEN: "not taken, beyond --max-records",
    Part.BEYOND: "neither trained nor evaluated on, beyond --max-eval-records",
    Part.HELD_OUT_AS_WELL: "left out: they stand in --eval-dataset as well",
    Part.NEAR_DUPLICATE: "left out: they say nearly what an evaluated report says",
}


class BadLineEntry(Schema):
    """A fault of a line that is not used, and how to mend it."""

    line: int
    path: str
    reason: str
    fix: str


class FileEntry(Schema):
    """A file in numbers; `reasons` counts bad lines, `rejects` is the file that they are in.

    `option` is the one that named the file.
    """

    name: str
    option: str
    lines: int
    usable: int
    repeated: int
    bad: int
    reasons: dict[str, int]
    first_bad: list[BadLineEntry]
    rejects: str | None


class DataReport(Schema):
    """All of it, as `check.json` has it. Lengths in `words` are those of fields that are stated.

    `tokens` is null where no tokenizer was at hand, `parts` where the data was not split.
    """

    files: list[FileEntry]
    records: int
    parts: dict[str, int] | None = None
    findings: list[Finding]
    max_source_tokens: int
    tokens: Distribution | None
    words: dict[FieldName, Distribution]
    not_stated: dict[FieldName, int]
    categories: dict[str, int]
    languages: dict[str, int]

    def with_parts(self, sizes: Mapping[Part, int], findings: Sequence[Finding]) -> Self:
        """The same with the sizes of the parts, and with what was found when they were made."""
        parts = {part.name.lower(): count for part, count in sizes.items()}
        return self.model_copy(update={"parts": parts, "findings": [*findings, *self.findings]})


def data_report(intakes: Sequence[Intake], checks: Checks, max_source_tokens: int) -> DataReport:
    """What is known before the data is split."""
    names = [report.name for intake in intakes for report in intake.reports]
    duplicates = [one for intake in intakes for one in duplicate_findings(intake.index, names)]
    return DataReport(
        files=[
            _entry(report, option, rejects.path if rejects.count else None)
            for option, intake in zip(OPTIONS, intakes, strict=False)
            for report, rejects in zip(intake.reports, intake.rejects, strict=True)
        ],
        records=sum(len(intake.index) for intake in intakes),
        findings=[*duplicates, *checks.findings()],
        max_source_tokens=max_source_tokens,
        tokens=checks.budget.distribution() if checks.budget else None,
        words=checks.annotations.words,
        not_stated={field: checks.annotations.not_stated[field] for field in FieldName},
        categories=dict(checks.categories.counts.most_common()),
        languages=dict(checks.languages.counts.most_common()),
    )


def _entry(report: FileReport, option: str, rejects: Path | None) -> FileEntry:
    return FileEntry(
        name=report.name,
        option=option,
        lines=report.line_count,
        usable=report.usable,
        repeated=report.repeated,
        bad=report.bad,
        reasons={reason.value: count for reason, count in report.reasons.most_common()},
        first_bad=[
            BadLineEntry(line=bad.line_number, path=fault.path, reason=fault.reason, fix=fault.fix)
            for bad in report.first_bad
            for fault in bad.faults
        ],
        rejects=str(rejects) if rejects else None,
    )


def format_data_report(report: DataReport, files: Sequence[FileReport]) -> str:
    """The report for a terminal: per file what is bad, the warnings, and how the data is split."""
    lines = _file_lines(files) + where_rejects_are(report)
    for finding in report.findings:
        lines.append(f"{finding.count:>8}  {finding.what}. {finding.fix}")
        shown = finding.places[:SHOWN_PLACES]
        lines += [f"{'':>10}{place}" for place in shown]
        if finding.count > len(shown):
            lines.append(f"{'':>10}... and {finding.count - len(shown)} more")
    lines += [f"{count:>8}  {what}" for what, count in part_sizes(report)]
    return "\n".join(lines)


def _file_lines(files: Sequence[FileReport]) -> list[str]:
    """Each file, or, where there are many, those with bad lines and one line for all."""
    if len(files) <= SHOWN_FILES:
        return [format_report(file) for file in files]
    bad = [file for file in files if file.bad]
    lines = sum(file.line_count for file in files)
    usable = sum(file.usable for file in files)
    total = f"{len(files)} files: {usable} of {lines} lines are usable; {len(bad)} have bad lines"
    return [*(format_report(file) for file in bad[:SHOWN_FILES]), total]


def where_rejects_are(report: DataReport) -> list[str]:
    """A line for each file with bad lines."""
    return [
        f"Every bad line of {file.name} is in {file.rejects}; repair them there, and name that "
        f"file as well, after {file.option}"
        for file in [file for file in report.files if file.rejects][:SHOWN_FILES]
    ]


def part_sizes(report: DataReport) -> list[tuple[str, int]]:
    """How many records are used for what, without what none is used for."""
    sizes = report.parts or {}
    named = [(what, sizes.get(part.name.lower(), 0)) for part, what in _SIZES.items()]
    return [(f"records {what}", count) for what, count in named if count]
