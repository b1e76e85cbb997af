"""The end of a run: figures on the held-out records, the model card, the folder in its place."""

import shutil
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from schemas.errors import TrainingError
from schemas.manifest import FILE_NAME, ModelKind, ModelManifest
from summarizer.folder import read_config, read_manifest, write_manifest
from training.data.parts import Parts
from training.evaluation.answers import Setup, device_for, free_threads
from training.evaluation.evaluation import (
    Evaluated,
    Evaluation,
    evaluate_model,
    majority_of,
)
from training.evaluation.metrics_table import format_evaluation
from training.learning.calibration import fit_confidences
from training.learning.pointing import PointingTask
from training.options import TrainingOptions
from training.runs.card import model_card

WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run ends with: the model folder in its place, and how good it is."""

    output: Path
    evaluated: Evaluated


def finish(folder: Path, options: TrainingOptions, parts: Parts) -> Finished:
    """Evaluate a trained model folder, write its card and put it at `options.output`.

    The figures are those of the folder as it is served, after its weights got their final type.
    """
    staged = options.output.resolve().with_name(f".{options.output.resolve().name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(folder, staged)
    _store_as(staged / WEIGHTS_FILE, getattr(torch, options.weights_dtype))
    _open_weights(staged)
    manifest = read_manifest(staged, read_config(staged))
    if manifest.kind is ModelKind.EXTRACTIVE:
        manifest = _calibrated(staged, manifest, options, parts)
        write_manifest(staged, manifest)
    categories = Counter(parts.train.categories)
    setup = Setup(device_for(no_cuda=options.no_cuda), options.cpus_per_worker or free_threads())
    evaluated = evaluate_model(staged, parts.held_out, majority_of(categories), setup)
    evaluation = evaluated.evaluation
    manifest = manifest.model_copy(update={"metrics": manifest_metrics(evaluation)})
    write_manifest(staged, manifest)
    (staged / "README.md").write_text(
        model_card(manifest, options, parts, evaluation, categories), encoding="utf-8"
    )
    print(format_evaluation(evaluation))
    return Finished(_replace(staged, options.output.resolve()), evaluated)


def manifest_metrics(evaluation: Evaluation) -> dict[str, object]:
    """The `metrics` of a manifest: the model's under `heldOut`, the baselines' by their names."""
    return {
        "heldOut": evaluation.metrics.model_dump(mode="json"),
        **{name: found.model_dump(mode="json") for name, found in evaluation.baselines.items()},
    }


def _calibrated(
    folder: Path, manifest: ModelManifest, options: TrainingOptions, parts: Parts
) -> ModelManifest:
    trained = options.model_copy(
        update={"model": str(folder), "frozen_layers": 0, "lora_rank": 0, "label_smoothing": 0.0}
    )
    task = PointingTask.from_pretrained(trained, read_config(folder), manifest.categories)
    fitted = fit_confidences(task, list(parts.validation))
    return manifest.model_copy(
        update={"temperatures": fitted.temperatures, "offsets": fitted.offsets}
    )


def _store_as(path: Path, dtype: torch.dtype) -> None:
    """Rewrite weights in another floating-point type; the engines load them as float32."""
    if dtype is torch.float32:
        return
    weights = {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in load_file(path).items()
    }
    save_file(weights, path, metadata={"format": "pt"})


def _open_weights(folder: Path) -> None:
    """Let the weights be read by everybody who may read the configuration beside them.

    safetensors lets only the owner read what it writes; the service may run as somebody else.
    """
    mode = stat.S_IMODE((folder / "config.json").stat().st_mode)
    for weights in folder.glob("*.safetensors"):
        weights.chmod(mode)


def _replace(staged: Path, output: Path) -> Path:
    """Put the new folder in the place of an old one, which is whole until the last moment."""
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.exists() and not (output / FILE_NAME).is_file():
        raise TrainingError(
            f"--output {output}: something that is no model folder has come there meanwhile; the "
            f"model is in {staged}"
        )
    old = output.with_name(f".{output.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        output.rename(old)
    staged.rename(output)
    shutil.rmtree(old, ignore_errors=True)
    return output
