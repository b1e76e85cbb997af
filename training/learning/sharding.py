"""A model shared out over the workers (FSDP), as a file of `accelerate config` asks for.

Each worker keeps a part of every weight and of its optimizer's state; the whole of a layer is put
together only while it is computed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from accelerate import Accelerator
from accelerate.utils import FullyShardedDataParallelPlugin
from accelerate.utils.fsdp_utils import fsdp2_prepare_model
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)

from schemas.errors import TrainingError
from schemas.validation import field_problems
from training.learning.learner import Learner
from training.learning.workers import Workers

_WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)
_FROM_FIRST = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True, strict=False)


class FsdpConfig(BaseModel):
    """The part `fsdp_config` of the file. What is saved is always whole, whatever it says of that.

    `fsdp_transformer_layer_cls_to_wrap` names the classes whose modules are shared out one by one,
    separated by commas.
    """

    model_config = ConfigDict(extra="forbid")

    fsdp_version: int = 2
    fsdp_reshard_after_forward: bool = True
    fsdp_offload_params: bool = False
    fsdp_auto_wrap_policy: str = "TRANSFORMER_BASED_WRAP"
    fsdp_transformer_layer_cls_to_wrap: str | None = None
    fsdp_min_num_params: int | None = None
    fsdp_activation_checkpointing: bool = False
    fsdp_state_dict_type: str | None = None
    fsdp_cpu_ram_efficient_loading: bool = False


class AccelerateConfig(BaseModel):
    """What is read of the file. Machines and processes are up to Ray."""

    distributed_type: str
    fsdp_config: FsdpConfig = Field(default_factory=FsdpConfig)


def read_sharding(path: Path) -> FsdpConfig:
    """The sharding that a file asks for; TrainingError where it asks for what is not to be had."""
    option = f"--accelerate-config {path}"
    try:
        config = AccelerateConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise TrainingError(f"{option}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise TrainingError(f"{option}: is no YAML, as `accelerate config` writes it") from error
    except ValidationError as error:
        problems = "; ".join(f"{one.path} {one.message}" for one in field_problems(error))
        raise TrainingError(f"{option}: {problems}") from error
    if config.distributed_type != "FSDP":
        raise TrainingError(
            f"{option}: distributed_type is {config.distributed_type}; FSDP is what this training "
            "shards with, and without the file every worker has the whole model"
        )
    if config.fsdp_config.fsdp_version != 2:
        raise TrainingError(f"{option}: fsdp_config.fsdp_version must be 2")
    return config.fsdp_config


def shard(
    model: nn.Module, config: FsdpConfig, accelerator: Accelerator, mixed_precision: str
) -> None:
    """Share a model out over the workers, in place."""
    plugin = FullyShardedDataParallelPlugin(
        fsdp_version=2,
        reshard_after_forward=config.fsdp_reshard_after_forward,
        cpu_offload=config.fsdp_offload_params,
        auto_wrap_policy=config.fsdp_auto_wrap_policy,
        transformer_cls_names_to_wrap=(
            config.fsdp_transformer_layer_cls_to_wrap.split(",")
            if config.fsdp_transformer_layer_cls_to_wrap
            else _layer_classes(model)
        ),
        min_num_params=config.fsdp_min_num_params,
        activation_checkpointing=config.fsdp_activation_checkpointing,
    )
    if mixed_precision != "no":
        plugin.set_mixed_precision(mixed_precision)
    # accelerate keeps it there by itself on GPUs only.
    accelerator.state.fsdp_plugin = plugin
    fsdp2_prepare_model(accelerator, model)


def _layer_classes(model: nn.Module) -> list[str]:
    """The classes that transformers says are not to be split, of the model or of one within.

    Without those of embeddings, which accelerate shares out by themselves.
    """
    for module in model.modules():
        names = getattr(module, "_no_split_modules", None) or ()
        layers = sorted(name for name in names if "Embedding" not in name)
        if layers:
            return layers
    return []


class ShardedGradients:
    """The gradients of sharded weights. Satisfies `Gradients`."""

    in_step = True

    def __init__(self, weights: Sequence[nn.Parameter], workers: Workers) -> None:
        self._weights = weights
        self._workers = workers

    def clear(self) -> None:
        """Begin anew."""
        for weight in self._weights:
            weight.grad = None

    def add_up(self, figures: Sequence[float]) -> list[float]:
        """The gradients were exchanged while they were computed, as their mean over the workers."""
        self.scale(self._workers.count)
        return self._workers.sums(*figures)

    def scale(self, factor: float) -> None:
        """Multiply every gradient."""
        for weight in self._weights:
            if weight.grad is not None:
                weight.grad.mul_(factor)

    def clip(self, max_norm: float) -> float:
        """Shorten them, as one vector, to `max_norm`; returns the norm that it had."""
        norm: Any = nn.utils.clip_grad_norm_(self._weights, max_norm)
        return float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)


class ShardedLearner(Learner):
    """A learner whose state is put together from the parts of all workers, and shared out again."""

    fused = False

    def model_weights(self) -> dict[str, torch.Tensor]:
        """All weights of the model, whole on the worker of rank 0 and empty elsewhere.

        A weight that stands in the model under several names, which are no longer one tensor when
        it is put together, has the first of them.
        """
        whole: dict[str, Any] = get_model_state_dict(self.model, options=_WHOLE)
        everywhere = {name for name, _ in self.model.named_parameters(remove_duplicate=False)}
        again = everywhere - {name for name, _ in self.model.named_parameters()}
        return {name: tensor for name, tensor in whole.items() if name not in again}

    def _parts(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        whole = self.model_weights()
        weights = {name: whole[name] for name in self.weights if name in whole}
        return weights, get_optimizer_state_dict(self.model, self.optimizer, options=_WHOLE)

    def _set_parts(self, weights: Mapping[str, torch.Tensor], optimizer: dict[str, Any]) -> None:
        self._check_names(weights)
        set_model_state_dict(self.model, dict(weights), options=_FROM_FIRST)
        set_optimizer_state_dict(
            self.model, self.optimizer, optim_state_dict=optimizer, options=_FROM_FIRST
        )
