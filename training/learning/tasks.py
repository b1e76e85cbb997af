"""Which kind of training a base model gets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import PretrainedConfig

from schemas.errors import TrainingError
from schemas.manifest import ModelKind
from training.learning.pointing import PointingTask
from training.learning.task import Task
from training.learning.writing import WritingTask
from training.options import TrainingOptions


def load_task(options: TrainingOptions, categories: Sequence[str]) -> Task:
    """Load a base model with its way to learn: an encoder points, a seq2seq model writes."""
    config = base_config(options.model)
    if kind_of(options.model, config) is ModelKind.ABSTRACTIVE:
        return WritingTask.from_pretrained(options, config, categories)
    return PointingTask.from_pretrained(options, config, categories)


def base_config(model: str) -> dict[str, Any]:
    """The `config.json` of a hub name or a folder; TrainingError where there is none."""
    if Path(model).is_dir() and not (Path(model) / "config.json").is_file():
        raise TrainingError(f"model {model}: there is no config.json in the folder")
    try:
        config, _ = PretrainedConfig.get_config_dict(model)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"model {model}: cannot be loaded; give a folder that holds config.json, weights and "
            f"a tokenizer, or the name of a model on a hub that can be reached ({error})"
        ) from error
    if not config.get("model_type"):
        raise TrainingError(f"model {model}: its config.json names no model_type")
    return dict(config)


def kind_of(model: str, config: dict[str, Any]) -> ModelKind:
    """What a base model can learn; TrainingError for a decoder without an encoder."""
    if config.get("is_encoder_decoder"):
        return ModelKind.ABSTRACTIVE
    names = config.get("architectures") or ()
    if any(name.endswith(("CausalLM", "LMHeadModel")) for name in names):
        raise TrainingError(
            f"model {model}: `{config['model_type']}` is a decoder without an encoder; give an "
            "encoder (BERT, MiniLM, …) or a seq2seq model (T5, BART, …)"
        )
    return ModelKind.EXTRACTIVE
