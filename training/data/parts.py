"""The three parts of the data: to learn from, to choose by, and to judge by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from schemas.errors import DatasetError
from training.data.checks.budget import CountTokens
from training.data.checks.checks import Checks
from training.data.checks.duplicates import held_out_findings
from training.data.checks.finding import Finding
from training.data.data_folder import (
    DOWNLOADS,
    PAGE_FILE,
    PARTS_FILE,
    REJECTS,
    REPORT_FILE,
    clear,
    make_own,
    partial,
)
from training.data.data_page import write_data_page
from training.data.data_report import (
    DataReport,
    data_report,
    format_data_report,
    where_rejects_are,
)
from training.data.intake import Intake, take_in
from training.data.part_files import write_part_files
from training.data.record_file import RecordFile
from training.data.record_index import RecordIndex
from training.data.records import require_usable
from training.data.sources import local_files
from training.data.split import (
    Mask,
    Part,
    PartNumbers,
    bounded,
    data_hash,
    first_by_key,
    held_out,
    split_in_three,
)
from training.options import DataOptions

DATA_FOLDER = "data"
_ROLES = ("dataset", "eval_dataset")


@dataclass(frozen=True, slots=True)
class Parts:
    """Records by what they are used for; no report stands in `train` and in another part.

    The checkpoint is chosen and the confidences are fitted on `validation`, the figures are those
    of `held_out`. Data too small for three parts uses the held-out one for both. `data_hash` is
    that of all their records.
    """

    train: RecordFile
    validation: RecordFile
    held_out: RecordFile
    data_hash: str

    @property
    def held_out_was_chosen_by(self) -> bool:
        """Whether the figures are a little too good, because the choice was made on them."""
        return self.validation == self.held_out

    @property
    def categories(self) -> set[str]:
        """The categories of all records, without `Not stated`."""
        files = (self.train, self.validation, self.held_out)
        return set().union(*(file.stated_categories for file in files))


_PARTS = TypeAdapter(Parts)


def load_parts(folder: Path) -> Parts:
    """The parts that an earlier `read_parts` left in a run's folder.

    Raises:
        DatasetError: there are none.
    """
    data = folder / DATA_FOLDER
    if not (data / PARTS_FILE).is_file():
        raise DatasetError(f"{folder} holds no data: its run ended before the data was split")
    saved = _PARTS.validate_json((data / PARTS_FILE).read_bytes())
    train, validation, judged = (
        replace(file, path=data / file.path.name)
        for file in (saved.train, saved.validation, saved.held_out)
    )
    for file in (train, validation, judged):
        if not file.path.is_file():
            raise DatasetError(f"{file.path} is missing: restore it, or begin a new run")
    return Parts(train, validation, judged, saved.data_hash)


def read_parts(
    options: DataOptions, folder: Path, count_tokens: CountTokens | None = None
) -> Parts:
    """Read, check and split the data into files in the folder, and write and print the report.

    What is in memory does not grow with the texts. Without `count_tokens` no report is held
    against the token budget.

    Raises:
        DatasetError: the data is no good, or cannot be read.
    """
    data = folder.resolve() / DATA_FOLDER
    make_own(data)
    try:
        intakes, checks = _take_in(options, data, count_tokens)
        return _split(options, data, intakes, checks)
    finally:
        for role in _ROLES:
            _accepted(data, role).unlink(missing_ok=True)


def _take_in(
    options: DataOptions, data: Path, count_tokens: CountTokens | None
) -> tuple[list[Intake], Checks]:
    """The records to learn from and, where they have their own files, those to judge by."""
    given = dict(zip(_ROLES, (options.dataset, options.eval_dataset), strict=True))
    files = {
        role: local_files(values, data / DOWNLOADS / role, options.dataset_token_variable)
        for role, values in given.items()
        if values
    }
    everything = [file for some in files.values() for file in some]
    clear(data, everything)
    checks = Checks([file.name for file in everything], count_tokens, options.max_source_tokens)
    intakes: list[Intake] = []
    for role, some in files.items():
        first_file = sum(len(intake.reports) for intake in intakes)
        rejects, accepted = data / REJECTS / role, _accepted(data, role)
        intakes.append(take_in(some, checks, rejects, accepted, first_file))
    return intakes, checks


def _accepted(data: Path, role: str) -> Path:
    return partial(data / role)


def _split(options: DataOptions, data: Path, intakes: Sequence[Intake], checks: Checks) -> Parts:
    report = data_report(intakes, checks, options.max_source_tokens)
    _write_json(report, data)
    try:
        for intake in intakes:
            require_usable(intake.reports, options.max_bad_share)
        numbers = _assigned(options, intakes)
        twice = _held_out_as_well(intakes, numbers)
        files = write_part_files(intakes, numbers, data, keep_near=options.keep_near_duplicates)
    except DatasetError:
        # What is wrong with data that is no good is what people want to see.
        page = _write_page(report, data)
        print(f"The report is in {page}")
        for line in [*where_rejects_are(report), *_share_after_repair(options, intakes)]:
            print(line)
        raise
    report = report.with_parts(_sizes(numbers), [*twice, *files.findings])
    _write_json(report, data)
    page = _write_page(report, data)
    parts = Parts(
        files.train,
        files.validation or files.held_out,
        files.held_out,
        data_hash(_used_digests(intakes, numbers)),
    )
    (data / PARTS_FILE).write_bytes(_PARTS.dump_json(parts, indent=2))
    print(format_data_report(report, [one for intake in intakes for one in intake.reports]))
    print(f"The report is in {page}")
    return parts


def _share_after_repair(options: DataOptions, intakes: Sequence[Intake]) -> list[str]:
    """What to allow, where it is needed: repaired lines are read beside the bad ones."""
    counts = [
        (sum(report.bad for report in of.reports), sum(report.line_count for report in of.reports))
        for of in intakes
    ]
    share = max(math.ceil(100 * bad / (lines + bad)) / 100 for bad, lines in counts)
    if share <= options.max_bad_share or any(bad == lines for bad, lines in counts):
        return []
    said = (
        "The repaired lines are read beside the bad ones, which still count: allow those with "
        f"--max-bad-share {share}"
    )
    return [said]


def _assigned(options: DataOptions, intakes: Sequence[Intake]) -> list[PartNumbers]:
    """What each record is used for, by the files that it came with."""
    dataset = intakes[0].index
    heads = dataset.heads
    taken = _taken(dataset, options.max_records)
    numbers = np.full(len(heads), Part.NOT_CHOSEN, dtype=np.uint8)
    if len(intakes) == 1:
        numbers[taken] = split_in_three(
            heads[taken], options.held_out_share, options.validation_share
        )
        return [bounded(numbers, heads, options.max_eval_records)]
    own = intakes[1].index
    judged = np.full(len(own), Part.NOT_CHOSEN, dtype=np.uint8)
    judged[_taken(own, options.max_records)] = Part.HELD_OUT
    known = np.isin(heads, own.heads)
    numbers[taken & known] = Part.HELD_OUT_AS_WELL
    left = taken & ~known
    if not left.any():
        raise DatasetError(
            "every report of --dataset stands in --eval-dataset as well; nothing is left to train "
            "on"
        )
    chosen_by = held_out(heads[left], options.validation_share)
    numbers[left] = np.where(chosen_by, Part.VALIDATION, Part.TRAIN)
    return [
        bounded(numbers, heads, options.max_eval_records),
        bounded(judged, own.heads, options.max_eval_records),
    ]


def _taken(index: RecordIndex, limit: int | None) -> Mask:
    """All records, or some: the split goes by how a key begins, this by how it ends."""
    tails = index.tails
    return first_by_key(tails, len(tails) if limit is None else limit)


def _write_json(report: DataReport, data: Path) -> None:
    content = report.model_dump_json(indent=2) + "\n"
    (data / REPORT_FILE).write_text(content, encoding="utf-8")


def _write_page(report: DataReport, data: Path) -> Path:
    page = data / PAGE_FILE
    write_data_page(report, page)
    return page


def _held_out_as_well(intakes: Sequence[Intake], numbers: Sequence[PartNumbers]) -> list[Finding]:
    names = [report.name for report in intakes[0].reports]
    positions = np.flatnonzero(numbers[0] == Part.HELD_OUT_AS_WELL).tolist()
    return held_out_findings(intakes[0].index, positions, names)


def _sizes(numbers: Sequence[PartNumbers]) -> dict[Part, int]:
    return {part: sum(int((of_each == part).sum()) for of_each in numbers) for part in Part}


def _used_digests(intakes: Sequence[Intake], numbers: Sequence[PartNumbers]) -> NDArray[np.bytes_]:
    """The digests of the records in the three parts."""
    pairs = zip(intakes, numbers, strict=True)
    return np.concatenate([of.index.digests[parts <= Part.HELD_OUT] for of, parts in pairs])
