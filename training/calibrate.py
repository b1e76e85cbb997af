"""Fits the confidences of an extractive model folder on annotated records of their own.

`python -m training.calibrate --model models/NAME --dataset records.jsonl` writes into the folder's
`summarizer.json` a temperature and an offset for each field, and the confidence below which its
answer is better `Not stated`. The records should be none that the weights were fitted to, or that
the model is measured on. With `--eval-dataset` the folder's figures, which the old confidences have
made untrue, are measured anew.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.errors import DatasetError, SummarizerError, TrainingError
from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord
from schemas.summary import FieldName
from summarizer.folder import read_config, read_manifest, write_manifest
from summarizer.pointing import POINTED_FIELDS
from training.arguments import add_bad_share_argument, add_source_arguments, parsed
from training.data.records import format_report, read_records
from training.data.sources import local_files
from training.evaluation.answers import Setup, answers, free_threads
from training.evaluation.evaluation import (
    category_counts,
    evaluate_model,
    majority_of,
    scores_of,
)
from training.evaluation.scores import FieldScores
from training.evaluation.tables import number, table
from training.learning.calibration import fit_confidences
from training.learning.pointing import PointingTask
from training.options import DataOptions, TrainingOptions
from training.runs.report import manifest_metrics


def calibrate(
    folder: Path,
    records: Sequence[TrainingRecord],
    threads: int,
    max_source_tokens: int | None = None,
) -> ModelManifest:
    """The manifest of a model folder with temperatures, offsets and thresholds fitted to records.

    `max_source_tokens` is what the service is to read of a report, where that is not what the model
    was trained with. Raises TrainingError for a folder whose answers are written, not pointed at.
    """
    config = read_config(folder)
    manifest = read_manifest(folder, config)
    if manifest.kind is not ModelKind.EXTRACTIVE:
        raise TrainingError(
            f"{folder}: confidences are fitted for extractive models only; this is "
            f"{manifest.kind.value}"
        )
    if max_source_tokens is not None:
        manifest = manifest.model_copy(update={"max_source_tokens": max_source_tokens})
    options = TrainingOptions(
        dataset=("-",),
        model=str(folder),
        output=folder,
        max_source_tokens=manifest.max_source_tokens,
    )
    task = PointingTask.from_pretrained(options, config, manifest.categories)
    fitted = fit_confidences(task, records)
    manifest = manifest.model_copy(
        update={
            "temperatures": fitted.temperatures,
            "offsets": fitted.offsets,
            "thresholds": {},
        }
    )
    write_manifest(folder, manifest)
    manifest = manifest.model_copy(
        update={"thresholds": _thresholds(_scores(folder, records, threads))}
    )
    write_manifest(folder, manifest)
    return manifest


def _scores(
    folder: Path, records: Sequence[TrainingRecord], threads: int
) -> Mapping[FieldName, list[FieldScores]]:
    scored = scores_of(records, answers(folder, records, Setup("cpu", threads)))
    return {field: [one.fields[field] for one in scored] for field in POINTED_FIELDS}


def _thresholds(scores: Mapping[FieldName, list[FieldScores]]) -> dict[FieldName, float]:
    """For each field the confidence below which saying nothing is right more often."""
    found = {field: best_threshold(of_field) for field, of_field in scores.items()}
    return {field: threshold for field, threshold in found.items() if threshold > 0}


def best_threshold(scores: Sequence[FieldScores]) -> float:
    """The confidence below which an answer is to be dropped; 0 where none gains by that.

    Of thresholds that are as good the lowest is taken, rounded down to three digits.
    """
    answered = [one for one in scores if not one.says_missing and one.confidence is not None]
    answered.sort(key=lambda one: one.confidence or 0.0)
    best, best_gain, gain = 0.0, 0, 0
    for one, following in zip(answered, [*answered[1:], None], strict=True):
        # Dropped, it is right where nothing is stated, and wrong where it was right.
        gain += (not one.stated) - one.right
        if following is None or following.confidence == one.confidence:
            continue
        if gain > best_gain:
            best, best_gain = following.confidence or 0.0, gain
    return int(best * 1000) / 1000


def measure(folder: Path, records: Sequence[TrainingRecord], threads: int) -> None:
    """Write a folder's figures on held-out records into its manifest."""
    majority = majority_of(category_counts(records))
    evaluation = evaluate_model(folder, records, majority, Setup("cpu", threads)).evaluation
    manifest = read_manifest(folder, read_config(folder))
    write_manifest(folder, manifest.model_copy(update={"metrics": manifest_metrics(evaluation)}))


def _records(sources: Sequence[str], options: DataOptions) -> list[TrainingRecord]:
    with TemporaryDirectory() as downloads:
        files = local_files(sources, Path(downloads), options.dataset_token_variable)
        records, reports = read_records(files, options.max_bad_share)
    for report in reports:
        print(format_report(report), file=sys.stderr)
    if not records:
        raise DatasetError(f"there are no records in {', '.join(sources)}")
    return records


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate from the command line; 2 where the model or the data are no good."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model folder; is changed")
    add_source_arguments(parser, "the annotated records")
    add_bad_share_argument(parser)
    parser.add_argument(
        "--max-source-tokens", type=int, help="what the service reads of a report from now on"
    )
    parser.add_argument(
        "--eval-dataset", nargs="+", metavar="SOURCE", help="held-out records to measure on"
    )
    given = parser.parse_args(arguments)
    names = (
        "dataset",
        "eval_dataset",
        "dataset_token_variable",
        "max_bad_share",
        "max_source_tokens",
    )
    options = parsed(DataOptions, {name: getattr(given, name) for name in names})
    if options is None:
        return 2
    try:
        records = _records(options.dataset, options)
        held_out = _records(options.eval_dataset, options) if options.eval_dataset else []
        manifest = calibrate(given.model, records, free_threads(), given.max_source_tokens)
        if held_out:
            measure(given.model, held_out, free_threads())
    except SummarizerError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    rows = [
        (
            field.value,
            number(manifest.temperatures.get(field)),
            number(manifest.offsets.get(field)),
            number(manifest.thresholds.get(field)),
        )
        for field in FieldName
    ]
    print(table(("field", "temperature", "offset", "threshold"), rows, text_columns=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
