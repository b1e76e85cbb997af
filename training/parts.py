"""The three parts of the data: to learn from, to choose by, and to judge by."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import DatasetError
from schemas.record import TrainingRecord
from training.options import TrainingOptions
from training.records import format_report, require_usable, scan_records, write_rejects
from training.split import content_key, split


@dataclass(frozen=True, slots=True)
class Parts:
    """Records by what they are used for; no report stands in `train` and in another part.

    The checkpoint and the temperatures are chosen on `validation`, the figures are those of
    `held_out`. Data too small for three parts uses the held-out one for both.
    """

    train: tuple[TrainingRecord, ...]
    validation: tuple[TrainingRecord, ...]
    held_out: tuple[TrainingRecord, ...]

    @property
    def held_out_was_chosen_by(self) -> bool:
        """Whether the figures are a little too good, because the choice was made on them."""
        return self.validation == self.held_out

    @property
    def records(self) -> tuple[TrainingRecord, ...]:
        """All records of the data."""
        validation = () if self.held_out_was_chosen_by else self.validation
        return self.train + validation + self.held_out


def read_parts(options: TrainingOptions) -> Parts:
    """Read and split the data, and print what is wrong with it; DatasetError if it is no good."""
    records = _read(options.dataset, "dataset", options)
    if options.eval_dataset is None:
        parts = split_in_three(records, options.held_out_share, options.validation_share)
    else:
        held_out = tuple(_read(options.eval_dataset, "eval_dataset", options))
        keys = {content_key(record) for record in held_out}
        distinct = [record for record in records if content_key(record) not in keys]
        if not distinct:
            raise DatasetError(
                f"every report of {options.dataset} stands in {options.eval_dataset} as well; "
                "nothing is left to train on"
            )
        learnt = split(distinct, options.validation_share)
        parts = Parts(learnt.train, learnt.held_out or held_out, held_out)
        if len(distinct) < len(records):
            print(f"{len(records) - len(distinct)} records are left out: they are to be held out")
    print(
        f"{len(parts.train)} records to train on, {len(parts.validation)} to choose by, "
        f"{len(parts.held_out)} held out"
    )
    return parts


def split_in_three(
    records: Sequence[TrainingRecord], held_out_share: float, validation_share: float
) -> Parts:
    """Split by content hash; a record stays in its part when the data grows."""
    judged = split(records, held_out_share)
    both = split(records, min(held_out_share + validation_share, 0.99))
    if not judged.held_out:
        raise DatasetError(
            "the data holds only one distinct report; at least two are needed, one to train on "
            "and one to hold out"
        )
    held_out_keys = {content_key(record) for record in judged.held_out}
    validation = tuple(one for one in both.held_out if content_key(one) not in held_out_keys)
    if not validation or not both.train:
        return Parts(judged.train, judged.held_out, judged.held_out)
    return Parts(both.train, validation, judged.held_out)


def _read(path: Path, role: str, options: TrainingOptions) -> Sequence[TrainingRecord]:
    report = scan_records(path)
    if report.bad:
        rejects = options.runs_folder / "rejects" / role / path.name.removesuffix(".gz")
        reasons = write_rejects(report, rejects)
        print(f"Every bad line is in {rejects}, its number and reason in {reasons}")
    require_usable(report, options.max_bad_share)
    print(format_report(report))
    if options.max_records is None or len(report.records) <= options.max_records:
        return report.records
    print(f"{options.max_records} of them are taken")
    # The split goes by how a key begins; how it ends has nothing to do with that.
    return sorted(report.records, key=lambda one: content_key(one)[::-1])[: options.max_records]
