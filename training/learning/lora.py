"""Low-rank adapters: a model learns with few weights, and is saved as if it had learnt whole."""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor, nn

from schemas.errors import TrainingError
from training.options import TrainingOptions

ADAPTER = "default"
_BASE = ".base_layer."


def add_adapters(model: Any, options: TrainingOptions) -> None:
    """Give a model adapters in place, which alone of it ask for gradients from then on.

    Without `lora_targets` they stand where `peft` puts them for the architecture, the attention's
    queries and values for most. Raises TrainingError where no module has the name of a target.
    """
    # Loading it takes a third of a second, which most runs have no use for.
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415
    from peft.utils.constants import (  # noqa: PLC0415
        TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as USUAL_TARGETS,
    )

    model_type = model.config.model_type
    targets = options.lora_targets or USUAL_TARGETS.get(model_type)
    if not targets:
        raise TrainingError(
            f"model {options.model}: where adapters belong in `{model_type}` is not known; name "
            "the modules with --lora-targets"
        )
    config = LoraConfig(
        r=options.lora_rank,
        lora_alpha=options.lora_alpha,
        lora_dropout=options.dropout,
        target_modules=list(targets),
    )
    try:
        inject_adapter_in_model(config, model, adapter_name=ADAPTER)
    except ValueError as error:
        raise TrainingError(
            f"--lora-targets {' '.join(targets)}: no module of `{model_type}` has such a name"
        ) from error


def merged_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A model's weights with what its adapters add, under the names that it has without adapters.

    `weights` are all of them by their names in the model.
    """
    merged = {
        name.replace(_BASE, "."): tensor.detach()
        for name, tensor in weights.items()
        if ".lora_" not in name
    }
    layers: Iterable[tuple[str, Any]] = model.named_modules()
    for name, module in layers:
        down = weights.get(f"{name}.lora_A.{ADAPTER}.weight")
        if down is not None:
            up = weights[f"{name}.lora_B.{ADAPTER}.weight"]
            added = (up @ down).detach() * module.scaling[ADAPTER]
            merged[f"{name}.weight"] = merged[f"{name}.weight"] + added
    return merged
