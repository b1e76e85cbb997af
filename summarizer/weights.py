"""Weights of a model folder, whole or not at all."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from schemas.errors import ModelFolderError


def load_weights(model_class: Any, folder: Path) -> Any:
    """`model_class.from_pretrained(folder)` in float32, from local files only.

    transformers fills missing and misshapen weights with random numbers and only warns; here they
    are a ModelFolderError that names them.
    """
    try:
        model, report = model_class.from_pretrained(
            folder,
            local_files_only=True,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelFolderError(
            f"{folder}: the weights cannot be read ({error}); copy the model folder again"
        ) from error
    wrong = sorted({*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])})
    if wrong:
        shown = ", ".join(wrong[:3]) + (", …" if len(wrong) > 3 else "")
        raise ModelFolderError(
            f"{folder}: {len(wrong)} weights are missing or misshapen ({shown}); the weights do "
            "not belong to this config.json"
        )
    return model.eval()
