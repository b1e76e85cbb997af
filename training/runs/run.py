"""A training run from start to end: records in, a model folder with its figures out.

Its folder holds all of it. What is there already, because a run was interrupted, is not done again.
"""

import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError
from transformers.utils.logging import disable_progress_bar

from schemas.errors import TrainingError
from schemas.manifest import FILE_NAME, ModelManifest
from schemas.validation import field_problems
from summarizer.folder import read_config, read_manifest
from training.data.data_folder import PARTS_FILE
from training.data.parts import Parts, load_parts, read_parts
from training.data.sources import is_url, whole_name
from training.data.token_counter import token_counter
from training.learning.checkpoints import MODEL_FOLDER, Checkpoint, CheckpointStore
from training.learning.events import EventLog, HeldOut
from training.learning.tasks import base_config, kind_of, load_task
from training.options import TrainingOptions
from training.runs.encoding import encode_parts
from training.runs.fit import fit, plan, ray_for_the_run
from training.runs.lock import locked
from training.runs.report import Finished, finish
from training.runs.resources import WorkerPlan
from training.runs.run_folder import RunFolder
from training.runs.run_record import RunRecord, check_base, new_record, read_record
from training.runs.run_report import write_run_report
from training.tracking.follower import Follower
from training.tracking.mlflow import MlflowRun, is_wanted
from training.tracking.sink import Sink
from training.tracking.tensorboard import TensorBoard
from training.tracking.terminal import progress_sink


def run(options: TrainingOptions) -> Path:
    """Check the data, fine-tune, evaluate and write the model folder; returns the folder.

    Raises DatasetError or TrainingError before any training where the run cannot work.
    """
    _check_output(options)
    kind_of(options.model, base_config(options.model))
    folder = RunFolder(options.runs_folder.resolve() / _run_name(options))
    with locked(folder.lock):
        record = new_record(_with_whole_paths(options))
        record.write(folder.record)
        print(f"The run is in {folder.path}")
        return _go(folder, record)


def resume(path: Path, changes: dict[str, object]) -> Path:
    """Go on with a run from where it was interrupted; returns the model folder.

    `changes` are options that may be others than before: those that say on what it runs. Raises
    TrainingError where there is no such run, or it is still being driven.
    """
    folder = RunFolder(path.resolve())
    record = read_record(folder.record)
    if record.has_cut_addresses and not (folder.data / PARTS_FILE).is_file():
        raise TrainingError(
            f"--resume {path}: the run ended before its data was read, and the data's address was "
            "saved without its query, which may hold secrets; begin a new run"
        )
    with locked(folder.lock):
        options = _changed(record.options, changes)
        record = record.model_copy(update={"options": options})
        _check_output(options)
        check_base(record)
        kind_of(options.model, base_config(options.model))
        return _go(folder, record)


def _changed(options: TrainingOptions, changes: Mapping[str, object]) -> TrainingOptions:
    try:
        return TrainingOptions.model_validate({**options.model_dump(), **changes})
    except ValidationError as error:
        said = (f"--{one.path.replace('_', '-')}: {one.message}" for one in field_problems(error))
        raise TrainingError("; ".join(said)) from error


def _go(folder: RunFolder, record: RunRecord) -> Path:
    """Do what is not done yet of a run."""
    # The bars of loading weights would be all that is seen of a run's beginning.
    disable_progress_bar()  # type: ignore[no-untyped-call]
    options = record.options
    parts = _parts(folder, options)
    manifest = _manifest(folder, options, parts)
    with ray_for_the_run():
        # Before the reports are encoded: what is missing is better said at once.
        workers = plan(options)
        update_workers = _update_workers(folder, record, workers)
        # Of the model only the way to encode for it is kept.
        encode_parts(load_task(options, manifest.categories).encode, folder, parts)
        with Follower(folder.events, _sinks(folder, options)):
            fit(options, manifest, folder, workers, update_workers)
            best = _best(folder)
            finished = finish(best.folder / MODEL_FOLDER, options, parts)
            _tell(folder, best, finished)
    write_run_report(folder, record, parts, best.manifest.epoch, finished)
    print(f"The whole run is shown by {folder.report}")
    return finished.output


def _best(folder: RunFolder) -> Checkpoint:
    best = CheckpointStore(folder.checkpoints).best()
    if best is None:
        raise TrainingError(
            f"there is no whole checkpoint in {folder.checkpoints}; on several nodes, "
            "--runs-folder must be a folder that all of them share"
        )
    return best


def _tell(folder: RunFolder, best: Checkpoint, finished: Finished) -> None:
    """The figures on the held-out records, for those who follow the run."""
    metrics = finished.evaluated.evaluation.metrics
    figures = {f"{name}_right": field.right_overall for name, field in metrics.fields.items()}
    figures |= {f"{name}_rouge_l": field.rouge_l_overall for name, field in metrics.fields.items()}
    category = {
        "category_accuracy": metrics.category.accuracy,
        "category_macro_f1": metrics.category.macro_f1,
    }
    figures |= {name: value for name, value in category.items() if value is not None}
    with closing(EventLog(folder.events)) as log:
        log.write(HeldOut(time=time.time(), step=best.manifest.update, figures=figures))


def _update_workers(folder: RunFolder, record: RunRecord, workers: WorkerPlan) -> int:
    """How many workers share an update: the most that the run began with."""
    if record.update_workers is None:
        record.model_copy(update={"update_workers": workers.most}).write(folder.record)
        return workers.most
    if workers.least > record.update_workers * record.options.accumulation_steps:
        print(
            f"The run began with {record.update_workers} worker(s), among which its updates are "
            "shared out: more than that have nothing to do"
        )
    return record.update_workers


def _parts(folder: RunFolder, options: TrainingOptions) -> Parts:
    if (folder.data / PARTS_FILE).is_file():
        return load_parts(folder.path)
    return read_parts(options, folder.path, token_counter(options.model))


def _sinks(folder: RunFolder, options: TrainingOptions) -> list[Sink]:
    sinks: list[Sink] = [progress_sink(), TensorBoard(folder.tensorboard)]
    if is_wanted():
        sinks.append(MlflowRun(folder.path.name, options.model_dump(mode="json")))
    return sinks


def _check_output(options: TrainingOptions) -> None:
    """Nothing but a model folder of ours is ever replaced; and where it goes there is room."""
    output = options.output
    kept = [("--runs-folder", options.runs_folder)]
    kept += [("--dataset", Path(name)) for name in options.dataset if not is_url(name)]
    kept += [("--eval-dataset", Path(name)) for name in options.eval_dataset if not is_url(name)]
    if Path(options.model).resolve() != output.resolve():
        kept.append(("--model", Path(options.model)))
    for option, path in kept:
        if path.resolve().is_relative_to(output.resolve()):
            raise TrainingError(
                f"{option} {path}: lies in --output {output}, which is replaced as a whole; name "
                "another folder"
            )
    if output.exists() and not (output / FILE_NAME).is_file():
        raise TrainingError(
            f"--output {output}: exists and is no model folder; name a new folder, or remove it"
        )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        TemporaryDirectory(dir=output.parent).cleanup()
    except OSError as error:
        raise TrainingError(
            f"--output {output}: cannot be written ({error.strerror}); name another folder"
        ) from error


def _with_whole_paths(options: TrainingOptions) -> TrainingOptions:
    """The same options, which mean the same wherever the run goes on."""
    model = Path(options.model)
    return options.model_copy(
        update={
            "dataset": tuple(map(whole_name, options.dataset)),
            "eval_dataset": tuple(map(whole_name, options.eval_dataset)),
            "model": str(model.resolve()) if model.is_dir() else options.model,
            "output": options.output.resolve(),
            "runs_folder": options.runs_folder.resolve(),
        }
    )


def _manifest(folder: RunFolder, options: TrainingOptions, parts: Parts) -> ModelManifest:
    if folder.manifest.is_file():
        return ModelManifest.model_validate_json(folder.manifest.read_bytes())
    config = base_config(options.model)
    kind = kind_of(options.model, config)
    manifest = ModelManifest(
        kind=kind,
        name=options.output.name,
        version=options.model_version,
        base_model=options.base_model or _base_name(options.model),
        categories=_categories(options, parts.categories),
        max_source_tokens=options.max_source_tokens,
        max_target_tokens=options.max_target_tokens,
        data_hash=parts.data_hash,
        licence=options.licence,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    folder.manifest.write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
    return manifest


def _base_name(model: str) -> str:
    """A folder is known by the base that it names itself, a hub model by its name."""
    folder = Path(model)
    if (folder / FILE_NAME).is_file():
        manifest = read_manifest(folder, read_config(folder))
        return f"{manifest.name} {manifest.version}"
    return folder.resolve().name if folder.is_dir() else model


def _categories(options: TrainingOptions, found: Iterable[str]) -> list[str]:
    """Those of the base model in their order, then new ones by the alphabet."""
    folder = Path(options.model)
    known: list[str] = []
    if (folder / FILE_NAME).is_file():
        known = read_manifest(folder, read_config(folder)).categories
    return [*known, *sorted(set(found).difference(known))]


def _run_name(options: TrainingOptions) -> str:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{options.output.resolve().name}-{moment}-{uuid.uuid4().hex[:6]}"
