"""No bit of what a T5 computes for a source depends on its company, on threads or on compiling."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from transformers import T5Config, T5ForConditionalGeneration

from summarizer.linear import Precision
from summarizer.packed import PackedEncoder
from summarizer.t5.cache import Cache, Sizes
from summarizer.t5.decoder import Decoder
from summarizer.t5.encoder import Encoder
from summarizer.t5.weights import lay_out
from summarizer.workers import Workers
from tests.unit.test_t5 import CPU, ROWS, VOCABULARY, build, flan_tied, random_sources, shape


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_no_bit_depends_on_the_company(precision: Precision, threads: int) -> None:
    """At the size of a real model, whose sums are long enough to be cut into pieces."""
    torch.manual_seed(1)
    real = {"d_model": 512, "d_kv": 64, "d_ff": 1024, "num_heads": 6, "num_layers": 1}
    model = T5ForConditionalGeneration(T5Config(**shape(feed_forward_proj="gated-gelu") | real))
    generator = torch.Generator().manual_seed(2)
    sources = [
        torch.randint(2, VOCABULARY, (length,), generator=generator).tolist()
        for length in (5, 16, 130, 190, 200, 230, 256, 300, 390, 500)
    ]
    together = states_in_flight(model, precision, sources, threads)
    for source, states in zip(sources, together, strict=True):
        (alone,) = states_in_flight(model, precision, [source], threads)
        assert torch.equal(states, alone), f"a source of {len(source)} tokens"


@torch.inference_mode()
def states_in_flight(
    model: Any, precision: Precision, sources: Sequence[list[int]], threads: int
) -> list[torch.Tensor]:
    """The last states of four steps of all rows of each source, `[4, rows, width]`.

    Each source begins a step after the one before it; its middle row ends after two tokens.
    """
    lean = lay_out(model, precision, CPU, max_source=512, max_columns=16)
    workers = Workers(threads)
    cache = Cache(lean, Sizes(len(sources), ROWS, 16, max_source=512), workers)
    encoder = PackedEncoder(Encoder(lean), workers, CPU)
    decoder = Decoder(lean, cache, workers)
    lengths = [len(source) for source in sources]
    cache.store(range(len(sources)), lengths, encoder(sources))
    states: list[list[torch.Tensor]] = [[] for _ in sources]
    for step in range(len(sources) + 3):
        ages = [min(max(step - slot, 0), 3) for slot in range(len(sources))]
        rows = [
            (slot, row)
            for slot in range(len(sources))
            for row in range(ROWS)
            if 0 <= step - slot < 4 and (row != 1 or step - slot < 2)
        ]
        feed = {slot * ROWS + row: 7 + row + ages[slot] for slot, row in rows}
        fed = decoder([feed], [age for age in ages for _ in range(ROWS)], lengths)
        for place, (slot, _) in enumerate(rows):
            states[slot].append(fed[place])
    return [torch.stack(of_source) for of_source in states]


def test_what_a_gpu_runs_uncompiled_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build(flan_tied)
    sources = random_sources(3)
    expected = states_in_flight(model, "float32", sources, 1)
    for module in ("packed", "t5.cache", "t5.decoder"):
        monkeypatch.setattr(f"summarizer.{module}.compiled", lambda layers, _device: layers)
    for states, other in zip(states_in_flight(model, "float32", sources, 1), expected, strict=True):
        assert torch.equal(states, other)
