"""Weight matrices packed for serving, in three precisions.

In float32 and int8 on a CPU, a row of the result depends on the same row of the input only, to the
last bit: a report is answered alike alone and in company.

- float32 on a CPU: oneDNN's packed weights, whose kernels add up a row in the same order however
  many rows there are. MKL's, which torch uses by itself, do not.
- int8 on a CPU: weights in 8 bits with a scale per output, activations in 8 bits with a scale per
  row. FBGEMM quantizes a whole call with one scale, so each row is divided by its own largest
  value before and multiplied by it afterwards; the sums in between are of integers and exact.
- any other device or type: torch's own product.

`normed` takes rows that still need T5's RMS normalization, whose weight is folded into the matrix.
What is computed here can be compiled (`summarizer.compiled`).
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

Precision = Literal["auto", "float32", "int8", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = ("auto", "float32", "int8", "bfloat16")

_VNNI_LEVELS = 127
_OTHER_LEVELS = 63
"""Without VNNI, FBGEMM adds pairs of products in 16 bits, which hold 7-bit activations only."""


class Linear(nn.Module):
    """A matrix without bias: `[rows, inputs]` to `[rows, outputs]`."""

    def normed(self, x: Tensor, epsilon: float) -> Tensor:
        """The product with each row divided by its root mean square."""
        raise NotImplementedError

    def add_to(self, residual: Tensor, x: Tensor) -> None:
        """Add the product to `residual` in place."""
        raise NotImplementedError

    def biased(self, x: Tensor, bias: Tensor) -> Tensor:
        """The product plus `bias`, `[outputs]`, in each row."""
        total = bias.expand(len(x), -1).clone()
        self.add_to(total, x)
        return total


Packer = Callable[[Tensor], Linear]
"""Makes a `Linear` of a weight `[outputs, inputs]`."""


def packer(precision: Precision, device: torch.device) -> Packer:
    """How weights are packed on a device; `auto` takes int8 on a CPU that can, bfloat16 on a GPU.

    Raises ValueError where the device cannot do it.
    """
    chosen = resolve(precision, device)
    if device.type == "cpu" and chosen != "bfloat16":
        return _Int8 if chosen == "int8" else _Float32
    return partial(_Plain, dtype=getattr(torch, chosen), device=device)


def check_served(precision: Precision, device: torch.device) -> None:
    """Raise ValueError where a device cannot serve in a precision, or only far too slowly."""
    if resolve(precision, device) == "bfloat16" and device.type == "cpu":
        raise ValueError("precision bfloat16 needs a GPU; set precision to int8, float32 or auto")


def resolve(precision: Precision, device: torch.device) -> Literal["float32", "int8", "bfloat16"]:
    """The precision that `auto` stands for on a device, or the one that was named."""
    on_cpu = device.type == "cpu"
    if precision == "auto":
        if not on_cpu:
            return "bfloat16"
        return "int8" if _has_fbgemm() else "float32"
    if precision == "int8" and not (on_cpu and _has_fbgemm()):
        raise ValueError("precision int8 needs an x86 CPU; set precision to float32 or auto")
    return precision


def _has_fbgemm() -> bool:
    return "fbgemm" in torch.backends.quantized.supported_engines


def inverse_rms(x: Tensor, epsilon: float) -> Tensor:
    """One over the root mean square of each row, `[rows, 1]`, computed in float32."""
    return x.float().square().mean(-1, keepdim=True).add_(epsilon).rsqrt_()


class _Float32(Linear):
    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.float().contiguous())

    def normed(self, x: Tensor, epsilon: float) -> Tensor:
        return self._product(x * inverse_rms(x, epsilon))

    def add_to(self, residual: Tensor, x: Tensor) -> None:
        residual.add_(self._product(x))

    def biased(self, x: Tensor, bias: Tensor) -> Tensor:
        return self._product(x, bias)

    def _product(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._packed, bias, "none", [], "")
        return product


class _Int8(Linear):
    """On a few rows each operation costs more than its arithmetic, so there are few.

    Of a row's root mean square and the epsilon under it only the norm is left, which is at least 1
    once the row is divided by its largest value; a row of zeros stays one.
    """

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        levels = _VNNI_LEVELS if torch.cpu._is_vnni_supported() else _OTHER_LEVELS
        self._scale, self._zero = 1.0 / levels, levels + 1
        self._packed = _pack_int8(weight.float())
        self._width = torch.tensor(weight.shape[1] ** 0.5)

    def normed(self, x: Tensor, epsilon: float) -> Tensor:
        rows = x / _largest(x)
        norm = torch.linalg.vector_norm(rows, 2, -1, True)
        return self._product(rows).mul_(self._width / norm.clamp_min_(1.0))

    def add_to(self, residual: Tensor, x: Tensor) -> None:
        largest = _largest(x)
        residual.addcmul_(self._product(x / largest), largest)

    def biased(self, x: Tensor, bias: Tensor) -> Tensor:
        largest = _largest(x)
        product = self._product(x / largest)
        return torch.addcmul(bias, product, largest, out=product)

    def _product(self, rows: Tensor) -> Tensor:
        """The product of rows between -1 and 1."""
        product: Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            rows, self._scale, self._zero, self._packed
        )
        return product


class _Plain(Linear):
    def __init__(self, weight: Tensor, dtype: torch.dtype, device: torch.device) -> None:
        super().__init__()
        self._weight = weight.to(device, dtype)

    def normed(self, x: Tensor, epsilon: float) -> Tensor:
        return self._product(x * inverse_rms(x, epsilon))

    def add_to(self, residual: Tensor, x: Tensor) -> None:
        residual.add_(self._product(x))

    def _product(self, x: Tensor) -> Tensor:
        return torch.nn.functional.linear(x.to(self._weight.dtype), self._weight).float()


def _largest(x: Tensor) -> Tensor:
    """The largest absolute value of each row, `[rows, 1]`; never zero."""
    return x.abs().amax(-1, keepdim=True).clamp_min_(1e-30)


def _pack_int8(weight: Tensor) -> object:
    """FBGEMM's packed form of a weight, in 8 bits with one scale per output."""
    scales = _largest(weight).squeeze(1) / 127.0
    zeros = torch.zeros(len(weight), dtype=torch.long)
    engine = torch.backends.quantized.engine
    torch.backends.quantized.engine = "fbgemm"
    try:
        with warnings.catch_warnings():
            # The pinned torch has nothing yet in the place of what it says is deprecated.
            warnings.filterwarnings("ignore", "torch.quantize_per_tensor, torch.quantize_per_chan")
            quantized = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
        return torch.ops.quantized.linear_prepack(quantized, None)
    finally:
        torch.backends.quantized.engine = engine
