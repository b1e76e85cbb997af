"""Model folders: what must be in one, and which engine it needs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from schemas.errors import ModelFolderError, SummarizerError
from schemas.manifest import FILE_NAME, FORMAT_VERSION, ModelKind, ModelManifest
from schemas.validation import field_problems
from summarizer.engine import Engine
from summarizer.scheduler import Limits

if TYPE_CHECKING:
    import torch

    from summarizer.linear import Precision

DEFAULT_LIMITS = Limits()

POINTING_MODEL_TYPE = "bug_summarizer_pointing"
T5_MODEL_TYPES = frozenset({"t5", "mt5", "umt5"})
ENGINE_NAMES = ("auto", "mock", "extractive", "abstractive", "generate")
_WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
_LFS_POINTER = b"version https://git-lfs"
_TOKENIZERS = ("tokenizer.json", "spiece.model", "vocab.txt", "vocab.json")


def load_engine(
    folder: Path | None,
    engine: str,
    device: str,
    threads: int,
    *,
    precision: "Precision" = "auto",
    limits: Limits = DEFAULT_LIMITS,
) -> Engine[Any]:
    """Load the engine that a model folder needs.

    `engine` is one of `ENGINE_NAMES`; `auto` takes what the folder says. `device` is a torch
    device such as `cpu` or `cuda`; `threads` is for work on the CPU. `precision` is that of the
    weights, and `limits` say how many reports are decoded at once. Raises ModelFolderError that
    says what is wrong with the folder, and ValueError for a precision that the device does not
    have.
    """
    if engine == "mock":
        from summarizer.engines.mock import MockEngine

        return MockEngine()
    if folder is None:
        raise ModelFolderError("no model folder is given; give one, or choose the engine `mock`")
    config = read_config(folder)
    manifest = read_manifest(folder, config)
    needed = _needed_engine(folder, config, manifest)
    if engine == "auto":
        engine = needed
    if engine != needed and (engine, needed) != ("generate", "abstractive"):
        raise ModelFolderError(
            f"{folder}: its model needs the engine `{needed}`, not `{engine}`; set engine to `auto`"
        )
    import torch

    torch.set_num_threads(threads)
    return _load(folder, manifest, engine, torch.device(device), precision, limits)


def _load(
    folder: Path,
    manifest: ModelManifest,
    engine: str,
    target: "torch.device",
    precision: "Precision",
    limits: Limits,
) -> Engine[Any]:
    from summarizer.linear import check_served

    check_served(precision, target)
    try:
        if engine == "extractive":
            from summarizer.engines.extractive import ExtractiveEngine

            return ExtractiveEngine.load(folder, manifest, target, precision)
        if engine == "abstractive":
            from summarizer.engines.abstractive import AbstractiveEngine

            return AbstractiveEngine.load(
                folder, manifest, target, precision, limits.max_batch_size
            )
        from summarizer.engines.generate import GenerateEngine

        return GenerateEngine.load(folder, manifest, target)
    except (SummarizerError, RuntimeError, AssertionError, ImportError):
        # The last three are torch's words for a device that is not there or has no room.
        raise
    except Exception as error:
        # What transformers and tokenizers raise on a spoilt file has no common base.
        raise ModelFolderError(
            f"{folder}: cannot be loaded ({type(error).__name__}: {error}); a file is damaged or "
            "from another release: copy the model folder again"
        ) from error


def read_config(folder: Path) -> dict[str, Any]:
    """The `config.json` of a complete model folder; says which file is missing."""
    if not folder.is_dir():
        raise ModelFolderError(f"{folder}: there is no such model folder")
    config = _read_json(folder / "config.json")
    for needed, names in (("weights", _WEIGHTS), ("a tokenizer", _TOKENIZERS)):
        if not any((folder / name).is_file() for name in names):
            raise ModelFolderError(
                f"{folder}: {needed} are missing; one of {', '.join(names)} must be there"
                if needed == "weights"
                else f"{folder}: {needed} is missing; one of {', '.join(names)} must be there"
            )
    for path in folder.glob("*.safetensors"):
        with path.open("rb") as file:
            if file.read(len(_LFS_POINTER)) == _LFS_POINTER:
                raise ModelFolderError(
                    f"{path}: holds a Git LFS pointer instead of weights; run `git lfs pull`"
                )
    return config


def read_manifest(folder: Path, config: dict[str, Any]) -> ModelManifest:
    """The checked `summarizer.json`, or defaults for a seq2seq folder without one."""
    path = folder / FILE_NAME
    if not path.is_file():
        if not config.get("is_encoder_decoder"):
            raise ModelFolderError(
                f"{folder}: {FILE_NAME} is missing, and `{config.get('model_type')}` is no "
                "encoder-decoder model that could do without; fine-tune it with train.py first"
            )
        return ModelManifest(
            kind=ModelKind.ABSTRACTIVE,
            name=folder.resolve().name,
            version="0",
            base_model=str(config.get("_name_or_path") or folder.resolve().name),
            categories=[],
        )
    content = _read_json(path)
    version = content.get("formatVersion", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise ModelFolderError(
            f"{path}: format version {version!r} is unknown; this release reads version "
            f"{FORMAT_VERSION}"
        )
    try:
        return ModelManifest.model_validate(content)
    except ValidationError as error:
        problems = field_problems(error)
        listed = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
        raise ModelFolderError(f"{path}: {listed}", problems) from error


def write_manifest(folder: Path, manifest: ModelManifest) -> None:
    """Write or replace the folder's `summarizer.json`."""
    content = manifest.model_dump_json(indent=2, exclude_none=True)
    (folder / FILE_NAME).write_text(content + "\n", encoding="utf-8")


def _needed_engine(folder: Path, config: dict[str, Any], manifest: ModelManifest) -> str:
    model_type = config.get("model_type")
    if manifest.kind is ModelKind.EXTRACTIVE:
        if model_type != POINTING_MODEL_TYPE:
            raise ModelFolderError(
                f"{folder}: {FILE_NAME} says extractive, but config.json is of the architecture "
                f"`{model_type}`, not `{POINTING_MODEL_TYPE}`"
            )
        if config.get("category_count") != len(manifest.categories):
            raise ModelFolderError(
                f"{folder}: the weights score {config.get('category_count')} categories, but "
                f"{FILE_NAME} names {len(manifest.categories)}"
            )
        return "extractive"
    if not config.get("is_encoder_decoder") and model_type not in T5_MODEL_TYPES:
        raise ModelFolderError(
            f"{folder}: {FILE_NAME} says abstractive, but config.json is of the architecture "
            f"`{model_type}`, which is no encoder-decoder"
        )
    return "abstractive" if model_type in T5_MODEL_TYPES else "generate"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelFolderError(f"{path.parent}: {path.name} is missing") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelFolderError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(content, dict):
        raise ModelFolderError(f"{path}: must hold a JSON object")
    return content
