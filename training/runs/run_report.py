"""What a run leaves in its folder at its end: its page, its figures, the model's card."""

import json
import shutil

from training.data.data_folder import PAGE_FILE
from training.data.parts import Parts
from training.evaluation.examples import choose_examples
from training.learning.events import EventReader, history
from training.runs.report import Finished
from training.runs.run_folder import RunFolder
from training.runs.run_page import RunSummary, write_run_page
from training.runs.run_record import RunRecord


def write_run_report(
    folder: RunFolder, record: RunRecord, parts: Parts, best_epoch: int, finished: Finished
) -> None:
    """Leave in a run's folder what it came to: its page, its figures, and the model's card."""
    told = history(EventReader(folder.events).new())
    summary = RunSummary(
        name=folder.path.name,
        model=record.options.model,
        started=record.created,
        options=record.options.model_dump(mode="json"),
        data_hash=parts.data_hash,
        part_sizes={
            "train": len(parts.train),
            "validation": len(parts.validation),
            "held out": len(parts.held_out),
        },
        categories=parts.train.categories,
        data_notes=[f"The report on the data is in {folder.data.name}/{PAGE_FILE}."],
        run_notes=[note.text for note in told.notes],
        provenance=record.provenance,
        best_epoch=best_epoch,
        epochs=list(told.epochs),
        steps=list(told.steps),
        stretches=list(told.stretches),
        evaluation=finished.evaluated.evaluation,
        examples=choose_examples(finished.evaluated, parts.held_out),
    )
    folder.epochs.write_text(
        json.dumps([one.model_dump(mode="json") for one in told.epochs], indent=1),
        encoding="utf-8",
    )
    folder.evaluation.write_text(summary.evaluation.model_dump_json(indent=1), encoding="utf-8")
    shutil.copyfile(finished.output / "README.md", folder.card)
    write_run_page(folder.report, summary)
