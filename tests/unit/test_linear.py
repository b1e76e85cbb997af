"""Packed matrices: close to the product, and each row as if it stood alone."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer import linear
from summarizer.linear import Linear, Precision, check_served, inverse_rms, packer, resolve

CPU, GPU = torch.device("cpu"), torch.device("cuda")
EPSILON = 1e-6


def make(precision: Precision, inputs: int, outputs: int) -> tuple[torch.Tensor, Linear]:
    generator = torch.Generator().manual_seed(inputs + outputs)
    weight = torch.randn((outputs, inputs), generator=generator)
    return weight, packer(precision, CPU)(weight)


@pytest.mark.parametrize(("precision", "error"), [("float32", 1e-5), ("int8", 0.03)])
@pytest.mark.parametrize("rows", [1, 5, 700])
def test_close_to_the_product(precision: Precision, error: float, rows: int) -> None:
    weight, matrix = make(precision, 96, 40)
    x = torch.randn(rows, 96) * 7
    exact = (x * inverse_rms(x, EPSILON)) @ weight.t()
    got = matrix.normed(x, EPSILON)
    assert float((got - exact).abs().max() / exact.abs().max()) < error
    residual = torch.randn(rows, 40)
    total = residual.clone()
    matrix.add_to(total, x)
    product = x @ weight.t()
    assert float((total - residual - product).abs().max() / product.abs().max()) < error


@settings(max_examples=40, deadline=None)
@given(
    precision=st.sampled_from(["float32", "int8"]),
    inputs=st.sampled_from([32, 48, 384, 512]),
    outputs=st.sampled_from([1, 31, 64, 1000]),
    rows=st.integers(1, 600),
    data=st.data(),
)
def test_no_bit_of_a_row_depends_on_the_others(
    precision: Precision, inputs: int, outputs: int, rows: int, data: st.DataObject
) -> None:
    _, matrix = make(precision, inputs, outputs)
    x = torch.randn(rows, inputs)
    x[0] *= 1000
    together = matrix.normed(x, EPSILON)
    start = data.draw(st.integers(0, rows - 1))
    end = data.draw(st.integers(start + 1, rows))
    assert torch.equal(matrix.normed(x[start:end].clone(), EPSILON), together[start:end])


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_row_of_zeros_stays_one(precision: Precision) -> None:
    _, matrix = make(precision, 32, 8)
    x = torch.zeros(2, 32)
    assert not matrix.normed(x, EPSILON).any()
    residual = torch.ones(2, 8)
    matrix.add_to(residual, x)
    assert torch.equal(residual, torch.ones(2, 8))


def test_without_vnni_fewer_levels_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on older CPUs, whose sums of 16 bits would overflow."""
    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: False)
    weight, matrix = make("int8", 64, 16)
    x = torch.ones(3, 64)
    product = x @ weight.t()
    residual = torch.zeros(3, 16)
    matrix.add_to(residual, x)
    assert float((residual - product).abs().max() / product.abs().max()) < 0.05


def test_what_auto_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve("auto", CPU) == "int8"
    assert resolve("auto", GPU) == "bfloat16"
    monkeypatch.setattr(linear, "_has_fbgemm", lambda: False)
    assert resolve("auto", CPU) == "float32"
    with pytest.raises(ValueError, match="int8 needs an x86 CPU"):
        resolve("int8", CPU)


def test_what_a_device_does_not_serve_in() -> None:
    check_served("auto", CPU)
    check_served("bfloat16", GPU)
    with pytest.raises(ValueError, match="bfloat16 needs a GPU; set precision to int8"):
        check_served("bfloat16", CPU)
    with pytest.raises(ValueError, match="int8 needs an x86 CPU"):
        check_served("int8", GPU)
