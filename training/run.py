"""A training run from start to end: records in, a model folder with its figures out."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import ray
from ray._private.state import available_resources_per_node
from ray.train import CheckpointConfig, FailureConfig, Result, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from schemas.errors import TrainingError
from schemas.manifest import FILE_NAME, ModelKind, ModelManifest
from summarizer.folder import read_config, read_manifest
from training.examples import write_examples
from training.loop import MODEL_FOLDER, train_worker
from training.options import TrainingOptions
from training.parts import Parts, read_parts
from training.report import finish
from training.resources import WorkerPlan, plan_workers
from training.tasks import base_config, kind_of, load_task
from training.token_counter import token_counter


def run(options: TrainingOptions) -> Path:
    """Check the data, fine-tune, evaluate and write the model folder; returns the folder.

    Raises DatasetError or TrainingError before any training where the run cannot work.
    """
    _check_output(options.output)
    config = base_config(options.model)
    kind = kind_of(options.model, config)
    run_folder = options.runs_folder.resolve() / _run_name(options)
    parts = read_parts(options, run_folder, token_counter(options.model))
    manifest = _manifest(options, kind, parts)
    task = load_task(options, manifest.categories)
    for name, records in (("train", parts.train), ("validation", parts.validation)):
        write_examples(task, records, run_folder / "examples" / name)
    result = _fit(options, manifest, run_folder)
    best = result.get_best_checkpoint("validation_loss", "min")
    if best is None:
        raise TrainingError("the run ended without a checkpoint; its log says why")
    with best.as_directory() as folder:
        return finish(Path(folder) / MODEL_FOLDER, options, parts)


def _check_output(output: Path) -> None:
    """Nothing but a model folder of ours is ever replaced."""
    if output.exists() and not (output / FILE_NAME).is_file():
        raise TrainingError(
            f"--output {output}: exists and is no model folder; name a new folder, or remove it"
        )


def _manifest(options: TrainingOptions, kind: ModelKind, parts: Parts) -> ModelManifest:
    return ModelManifest(
        kind=kind,
        name=options.output.resolve().name,
        version=options.model_version,
        base_model=_base_name(options.model),
        categories=_categories(options, parts.categories),
        max_source_tokens=options.max_source_tokens,
        max_target_tokens=options.max_target_tokens,
        data_hash=parts.data_hash,
        licence=options.licence,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _base_name(model: str) -> str:
    """A folder is known by the base that it names itself, a hub model by its name."""
    folder = Path(model)
    if (folder / FILE_NAME).is_file():
        manifest = read_manifest(folder, read_config(folder))
        return f"{manifest.name} {manifest.version}"
    return folder.resolve().name if folder.is_dir() else model


def _categories(options: TrainingOptions, found: set[str]) -> list[str]:
    """Those of the base model in their order, then new ones by the alphabet."""
    folder = Path(options.model)
    known: list[str] = []
    if (folder / FILE_NAME).is_file():
        known = read_manifest(folder, read_config(folder)).categories
    return [*known, *sorted(found.difference(known))]


def _run_name(options: TrainingOptions) -> str:
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{options.output.resolve().name}-{moment}-{uuid.uuid4().hex[:6]}"


def _fit(options: TrainingOptions, manifest: ModelManifest, run_folder: Path) -> Result:
    started_here = not ray.is_initialized()
    if started_here:
        ray.init()
    try:
        plan = plan_workers(
            options,
            [node["Resources"] for node in ray.nodes() if node["Alive"]],  # type: ignore[no-untyped-call]
            # Ray has no public call that says what is free on each node.
            list(available_resources_per_node().values()),  # type: ignore[no-untyped-call]
        )
        return _trainer(options, manifest, run_folder, plan).fit()
    finally:
        if started_here:
            ray.shutdown()


def _trainer(
    options: TrainingOptions, manifest: ModelManifest, run_folder: Path, plan: WorkerPlan
) -> TorchTrainer:
    model = str(Path(options.model).resolve()) if Path(options.model).is_dir() else options.model
    return TorchTrainer(
        train_worker,
        train_loop_config={
            "options": options.model_copy(update={"model": model}).model_dump(mode="json"),
            "manifest": manifest.model_dump(mode="json"),
            "train": str(run_folder / "examples" / "train"),
            "validation": str(run_folder / "examples" / "validation"),
            "threads": plan.cpus_per_worker,
        },
        scaling_config=ScalingConfig(
            num_workers=plan.num_workers,
            use_gpu=plan.use_gpu,
            resources_per_worker={
                "CPU": plan.cpus_per_worker,
                **({"GPU": 1} if plan.use_gpu else {}),
            },
        ),
        run_config=RunConfig(
            name=run_folder.name,
            storage_path=str(run_folder.parent),
            failure_config=FailureConfig(max_failures=options.max_failures),
            checkpoint_config=CheckpointConfig(
                num_to_keep=2,
                checkpoint_score_attribute="validation_loss",
                checkpoint_score_order="min",
            ),
        ),
    )
