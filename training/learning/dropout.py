"""How much of a model's states is dropped while it learns."""

from torch import nn


def set_dropout(model: nn.Module, share: float) -> None:
    """Drop this share everywhere where the model drops anything; with 0 no work is done for it.

    Some architectures keep the share in a module of torch, some in an attribute of their own.
    """
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = share
            continue
        for name, value in vars(module).items():
            if isinstance(value, float) and name.endswith(("dropout", "dropout_rate")):
                setattr(module, name, share)
