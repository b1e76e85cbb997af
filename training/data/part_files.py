"""The files of the parts, written out of the records that came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from training.data.checks.finding import At, Finding
from training.data.checks.near_duplicates import NearDuplicatePlaces, NearDuplicates
from training.data.checks.sketch import word_runs
from training.data.data_folder import HELD_OUT_FILE, TRAIN_FILE, VALIDATION_FILE
from training.data.intake import Intake
from training.data.record_file import RecordFile, RecordFileWriter
from training.data.split import Part, PartNumbers, report_words


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The parts, with no `validation` where it is empty, and what was found on the way."""

    train: RecordFile
    validation: RecordFile | None
    held_out: RecordFile
    findings: list[Finding]


def write_part_files(
    intakes: Sequence[Intake], numbers: Sequence[PartNumbers], folder: Path, *, keep_near: bool
) -> PartFiles:
    """Write the records of each part; `numbers` has their parts, for each intake.

    Reports to train on that say nearly what an evaluated report says are left out, and become
    `Part.NEAR_DUPLICATE` in `numbers`, unless `keep_near`.

    Raises:
        DatasetError: nothing is left to train on.
    """
    evaluated = NearDuplicates()
    held_out, validation = (
        _write_evaluated(intakes, numbers, part, folder / name, evaluated)
        for part, name in ((Part.HELD_OUT, HELD_OUT_FILE), (Part.VALIDATION, VALIDATION_FILE))
    )
    names = [report.name for intake in intakes for report in intake.reports]
    pairs = NearDuplicatePlaces(names, kept=keep_near)
    with RecordFileWriter(folder / TRAIN_FILE) as writer:
        for at, line, record in _records(intakes[0], numbers[0], Part.TRAIN):
            twin = evaluated.twin(word_runs(report_words(record)))
            if twin is not None:
                pairs.add(At(*intakes[0].index.place(at)), twin)
            if twin is None or keep_near:
                writer.add(line, record)
            else:
                numbers[0][at] = Part.NEAR_DUPLICATE
        train = writer.close()
    if not train:
        raise DatasetError(
            "every report to train on says nearly what a held-out report says; give reports that "
            "differ more, or --keep-near-duplicates"
        )
    return PartFiles(train, validation or None, held_out, pairs.findings())


def _write_evaluated(
    intakes: Sequence[Intake],
    numbers: Sequence[PartNumbers],
    part: Part,
    path: Path,
    evaluated: NearDuplicates,
) -> RecordFile:
    """Write a part whose reports must not be trained on, not even nearly."""
    with RecordFileWriter(path) as writer:
        for intake, parts in zip(intakes, numbers, strict=True):
            for at, line, record in _records(intake, parts, part):
                evaluated.add(word_runs(report_words(record)), At(*intake.index.place(at)))
                writer.add(line, record)
        return writer.close()


def _records(
    intake: Intake, parts: PartNumbers, part: Part
) -> Iterator[tuple[int, bytes, TrainingRecord]]:
    """The records of a part with their positions and lines."""
    with intake.accepted.open("rb") as file:
        for position, line in enumerate(file):
            if parts[position] == part:
                yield position, line, TrainingRecord.model_validate_json(line)
