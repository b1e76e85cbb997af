"""Encoders as they serve: what transformers computes, and nothing of the neighbours."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    BertConfig,
    BertModel,
    CamembertConfig,
    CamembertModel,
    DistilBertConfig,
    DistilBertModel,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from schemas.errors import ModelFolderError
from summarizer.encoders import Encoder, ModuleEncoder, serving_encoder
from summarizer.linear import Precision
from summarizer.packed import PackedEncoder

CPU = torch.device("cpu")
VOCABULARY = 60
PADDING = 1
SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 40,
    "max_position_embeddings": 70,
    "pad_token_id": PADDING,
}
"""Widths that fill no vector."""
PRECISIONS: list[Precision] = ["float32", "int8"]

windows = st.lists(st.integers(2, VOCABULARY - 1), min_size=1, max_size=60)


def made(model: Any, config: Any, **changes: object) -> Any:
    """A module with random weights, its biases and normalizations too."""
    torch.manual_seed(0)
    module = model(config(**(SHAPE | changes))).eval()
    with torch.no_grad():
        for name, weight in module.named_parameters():
            weight.normal_(1.0 if "Norm.weight" in name else 0.0, 0.3)
    return module


def bert() -> Any:
    return made(BertModel, BertConfig)


def distilbert() -> Any:
    shape = {"dim": 24, "n_layers": 2, "n_heads": 2, "hidden_dim": 40}
    return made(DistilBertModel, DistilBertConfig, **shape)


@torch.inference_mode()
def reference(module: Any, window: Sequence[int]) -> torch.Tensor:
    states: torch.Tensor = module(input_ids=torch.tensor([window])).last_hidden_state[0]
    return states


@pytest.fixture(scope="module", params=PRECISIONS)
def packed(request: pytest.FixtureRequest) -> Encoder:
    return serving_encoder(bert(), request.param, CPU)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("model", "config", "changes"),
    [
        pytest.param(BertModel, BertConfig, {}, id="bert"),
        pytest.param(BertModel, BertConfig, {"hidden_act": "gelu_new"}, id="bert-gelu-new"),
        pytest.param(BertModel, BertConfig, {"hidden_act": "relu"}, id="bert-relu"),
        pytest.param(RobertaModel, RobertaConfig, {}, id="roberta"),
        pytest.param(XLMRobertaModel, XLMRobertaConfig, {}, id="xlm-roberta"),
        pytest.param(CamembertModel, CamembertConfig, {}, id="camembert"),
    ],
)
@torch.inference_mode()
def test_it_computes_what_transformers_does(
    model: Any, config: Any, changes: dict[str, object]
) -> None:
    module = made(model, config, **changes)
    encoder = serving_encoder(module, "float32", CPU)
    assert isinstance(encoder, PackedEncoder)
    # A report may hold the words of a special token, whose id then stands within the window.
    read = [[2, 9, 11, 3], [2, PADDING, 7, 8, PADDING, PADDING, 3], list(range(2, 60)), [2]]
    expected = torch.cat([reference(module, window) for window in read])
    torch.testing.assert_close(encoder(read), expected, atol=2e-5, rtol=1e-5)


@torch.inference_mode()
def test_eight_bits_stay_close() -> None:
    module = bert()
    window = list(range(2, 60))
    expected = reference(module, window)
    states = serving_encoder(module, "int8", CPU)([window])
    assert not torch.equal(states, expected)
    assert torch.nn.functional.cosine_similarity(states, expected).min() > 0.99


@settings(deadline=None)
@given(batch=st.lists(windows, min_size=1, max_size=8), data=st.data())
def test_states_do_not_depend_on_the_other_windows(
    packed: Encoder, batch: list[list[int]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(batch))))
    with torch.inference_mode():
        together = packed([batch[at] for at in order])
        parts = torch.split(together, [len(batch[at]) for at in order])
        for at, states in zip(order, parts, strict=True):
            assert torch.equal(states, packed([batch[at]]))


@pytest.mark.parametrize("precision", PRECISIONS)
@torch.inference_mode()
def test_nor_on_the_threads_and_how_they_share_them_out(precision: Precision) -> None:
    module = made(BertModel, BertConfig, intermediate_size=1100, max_position_embeddings=600)
    batch = [[2 + (at * step) % 50 for at in range(43 * step)] for step in (1, 4, 13, 7, 2, 9)]
    expected: list[torch.Tensor] = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        encoder = serving_encoder(module, precision, CPU)
        together = torch.split(encoder(batch), [len(window) for window in batch])
        expected = expected or list(together)
        for window, states, others in zip(batch, together, expected, strict=True):
            assert torch.equal(states, others)
            assert torch.equal(states, encoder([window]))


def test_more_threads_than_rows_or_heads() -> None:
    module = bert()
    torch.set_num_threads(5)
    encoder = serving_encoder(module, "float32", CPU)
    for window in ([2], [2, 9, 3], list(range(2, 60))):
        torch.testing.assert_close(encoder([window]), reference(module, window))


class FailingLayers:
    """Layers of which one thread's part fails."""

    def __init__(self, layers: Any, failing: int) -> None:
        self._layers = layers
        self._failing = failing

    def share(self, rows: int, threads: int) -> Any:
        return self._layers.share(rows, threads)

    def part(self, number: int, *arguments: Any) -> torch.Tensor:
        if number == self._failing:
            raise MemoryError
        states: torch.Tensor = self._layers.part(number, *arguments)
        return states


@pytest.mark.parametrize("failing", [0, 1])
def test_nobody_waits_for_a_thread_that_failed(
    failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(2)
    encoder = serving_encoder(bert(), "float32", CPU)
    assert isinstance(encoder, PackedEncoder)
    window = list(range(2, 60))
    before = encoder([window])
    with monkeypatch.context() as patch:
        patch.setattr(encoder, "_layers", FailingLayers(encoder._layers, failing))
        with pytest.raises(MemoryError):
            encoder([window])
    assert torch.equal(encoder([window]), before)


@pytest.fixture(scope="module")
def module_encoder() -> ModuleEncoder:
    encoder = serving_encoder(distilbert(), "auto", CPU)
    assert isinstance(encoder, ModuleEncoder)
    return encoder


@torch.inference_mode()
def test_an_encoder_of_another_architecture_is_read_by_transformers(
    module_encoder: ModuleEncoder,
) -> None:
    batch = [[2, 9, 11, 3], list(range(2, 60)), [2, 3]]
    states = torch.split(module_encoder(batch), [len(window) for window in batch])
    for window, alone in zip(batch, states, strict=True):
        assert torch.equal(alone, module_encoder([window]))
        torch.testing.assert_close(alone, reference(distilbert(), window))


@torch.inference_mode()
def test_a_padded_batch_has_the_same_states(module_encoder: ModuleEncoder) -> None:
    batch = [[2, 9, 11, 3], list(range(2, 60)), [2, 3]]
    torch.testing.assert_close(module_encoder.read_padded(batch), module_encoder(batch))
    halved = ModuleEncoder(distilbert(), torch.bfloat16, CPU).read_padded(batch)
    assert halved.dtype is torch.float32
    torch.testing.assert_close(halved, module_encoder(batch), atol=0.1, rtol=0.1)


def test_eight_bits_that_an_architecture_has_not_are_refused() -> None:
    with pytest.raises(ModelFolderError, match="`distilbert`; set precision to float32 or auto"):
        serving_encoder(distilbert(), "int8", CPU)


def test_a_decoder_is_not_packed() -> None:
    module = made(BertModel, BertConfig, is_decoder=True)
    assert isinstance(serving_encoder(module, "auto", CPU), ModuleEncoder)
