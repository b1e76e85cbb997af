"""The lean T5 against transformers' own, token for token, and its parts by themselves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from transformers import (
    GenerationConfig,
    MT5Config,
    MT5ForConditionalGeneration,
    T5Config,
    T5ForConditionalGeneration,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

from summarizer.linear import Precision
from summarizer.packed import PackedEncoder
from summarizer.t5.cache import Cache, Sizes, rounded
from summarizer.t5.decoder import Decoder
from summarizer.t5.encoder import Encoder
from summarizer.t5.fixed import FixedDecoder
from summarizer.t5.weights import T5, lay_out
from summarizer.workers import Workers

CPU = torch.device("cpu")
VOCABULARY = 90
EOS = 1
ROWS = 3
NEW_TOKENS = 12
SOURCES = 300
BATCH = 60


def shape(**changes: Any) -> dict[str, Any]:
    return {
        "vocab_size": VOCABULARY,
        "d_model": 32,
        "d_kv": 16,
        "d_ff": 72,
        "num_layers": 2,
        "num_heads": 3,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 20,
        "initializer_factor": 3.0,
        "pad_token_id": 0,
        "eos_token_id": EOS,
        "decoder_start_token_id": 0,
    } | changes


def t5_v1_0() -> Any:
    return T5ForConditionalGeneration(T5Config(**shape(feed_forward_proj="relu")))


def flan_tied() -> Any:
    return T5ForConditionalGeneration(T5Config(**shape(feed_forward_proj="gated-gelu")))


def t5_v1_1_untied() -> Any:
    config = shape(feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    return untied(T5ForConditionalGeneration(T5Config(**config)))


def mt5() -> Any:
    return untied(MT5ForConditionalGeneration(MT5Config(**shape(feed_forward_proj="gated-gelu"))))


def umt5() -> Any:
    return UMT5ForConditionalGeneration(UMT5Config(**shape(feed_forward_proj="gated-silu")))


def untied(model: Any) -> Any:
    weight = torch.randn_like(model.shared.weight)
    model.lm_head.weight = torch.nn.Parameter(weight)
    return model


SHAPES = [t5_v1_0, flan_tied, t5_v1_1_untied, mt5, umt5]


def build(make: Callable[[], Any], seed: int = 3) -> Any:
    torch.manual_seed(seed)
    model = make().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "layer_norm" in name:
                weight.uniform_(0.5, 1.5)
            if "relative_attention_bias" in name:
                weight.normal_()
        # The end token is said now and then.
        model.lm_head.weight[EOS] *= 1.5
    return model


@dataclass
class Lean:
    """The parts put together over the whole vocabulary, without rules for what may be said."""

    model: T5
    encoder: PackedEncoder
    cache: Cache
    decoder: Decoder

    @classmethod
    def of(cls, model: Any, precision: Precision = "float32", slots: int = BATCH) -> "Lean":
        columns = rounded(NEW_TOKENS + 2)
        with torch.inference_mode():
            lean = lay_out(model, precision, CPU, max_source=80, max_columns=columns)
            alone = Workers(1)
            cache = Cache(lean, Sizes(slots, ROWS, columns, max_source=80), alone)
            encoder = PackedEncoder(Encoder(lean), alone, CPU)
            return cls(lean, encoder, cache, Decoder(lean, cache, alone))

    @torch.inference_mode()
    def greedy(
        self, sources: Sequence[list[int]], prefixes: Sequence[list[int]]
    ) -> list[list[list[int]]]:
        """By source and prefix what follows the prefix, up to the end token or the limit."""
        lengths = [len(source) for source in sources]
        self.cache.store(range(len(sources)), lengths, self.encoder(sources))
        head = self.model.head(range(VOCABULARY))
        said = {
            (slot, row): list(prefix)
            for slot in range(len(sources))
            for row, prefix in enumerate(prefixes)
        }
        start = len(prefixes[0])
        living = list(said)
        for age in range(start + NEW_TOKENS - 1):
            feed = {slot * ROWS + row: said[slot, row][age] for slot, row in living}
            states = self.decoder([feed], [age] * len(sources) * ROWS, lengths)
            if age < start - 1:
                continue
            chosen = head.normed(states, self.model.epsilon).argmax(-1).tolist()
            for at, token in zip(living, chosen, strict=True):
                said[at].append(token)
            living = [at for at in living if said[at][-1] != EOS]
            if not living:
                break
        return [
            [said[slot, row][start:] for row in range(len(prefixes))]
            for slot in range(len(sources))
        ]


def random_sources(count: int, seed: int = 5) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, 80, (count,), generator=generator).tolist()
    return [
        torch.randint(2, VOCABULARY, (length,), generator=generator).tolist() for length in lengths
    ]


def generated(model: Any, sources: Sequence[list[int]], prefix: list[int]) -> list[list[int]]:
    """What transformers writes after a prefix, cut at the end token."""
    width = max(map(len, sources))
    input_ids = torch.tensor([source + [0] * (width - len(source)) for source in sources])
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in sources])
    output = model.generate(
        input_ids=input_ids,
        attention_mask=mask,
        decoder_input_ids=torch.tensor([prefix] * len(sources)),
        generation_config=GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False, max_new_tokens=NEW_TOKENS, pad_token_id=0, eos_token_id=EOS
        ),
    )
    rows = output[:, len(prefix) :].tolist()
    return [row[: row.index(EOS) + 1] if EOS in row else row for row in rows]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """More threads only wait for each other on models this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("make", SHAPES, ids=lambda make: make.__name__)
def test_greedy_output_is_that_of_generate_token_for_token(make: Callable[[], Any]) -> None:
    model = build(make)
    lean = Lean.of(model)
    sources = random_sources(SOURCES)
    prefixes = [[0, 7], [0, 8], [0, 9]]
    said: set[tuple[int, ...]] = set()
    for start in range(0, SOURCES, BATCH):
        batch = sources[start : start + BATCH]
        ours = lean.greedy(batch, prefixes)
        for row, prefix in enumerate(prefixes):
            theirs = generated(model, batch, prefix)
            assert [of_source[row] for of_source in ours] == theirs
            said |= {tuple(tokens) for tokens in theirs}
    assert len(said) > SOURCES / 4, "the model says too little for the comparison to mean much"
    assert any(tokens[-1] == EOS for tokens in said)


def test_a_move_to_another_slot_changes_nothing() -> None:
    lean = Lean.of(build(flan_tied))
    sources = random_sources(3)
    lengths = [len(source) for source in sources]
    everyone, first = range(3 * ROWS), range(ROWS)
    with torch.inference_mode():
        lean.cache.store(range(3), lengths, lean.encoder(sources))
        for age in range(2):
            lean.decoder([dict.fromkeys(everyone, 7 + age)], [age] * len(everyone), lengths)
        stayed = lean.decoder([dict.fromkeys(everyone, 5)], [2] * len(everyone), lengths)
        lean.cache.move(2, 0, lengths[2], age=2)
        moved = lean.decoder([dict.fromkeys(first, 5)], [2] * ROWS, lengths[2:])
    assert torch.equal(stayed[2 * ROWS :], moved)


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_several_tokens_in_one_step_are_as_good_as_one_by_one(precision: Precision) -> None:
    model = build(flan_tied)
    sources = random_sources(3)
    lengths = [len(source) for source in sources]
    tokens = [[11, 12, 13], [21, 22, 23], [31, 32]]
    rows = (1, 4, 8)
    with torch.inference_mode():
        lean = Lean.of(model, precision)
        lean.cache.store(range(3), lengths, lean.encoder(sources))
        lean.decoder([dict.fromkeys(rows, 0)], [0] * 9, lengths)
        ages = [int(row in rows) for row in range(9)]
        feeds = [
            {
                row: said[number]
                for row, said in zip(rows, tokens, strict=True)
                if number < len(said)
            }
            for number in range(3)
        ]
        at_once = lean.decoder(feeds, ages, lengths)
        one_by_one = [
            lean.decoder([feed], [age + number * (age > 0) for age in ages], lengths)
            for number, feed in enumerate(feeds)
        ]
    assert torch.equal(at_once, torch.cat(one_by_one))


@pytest.mark.parametrize("make", SHAPES, ids=lambda make: make.__name__)
def test_the_step_of_fixed_shape_is_the_same_step(make: Callable[[], Any]) -> None:
    """What a GPU captures, run by the CPU in the same shapes: sources come, age, end and move."""
    model = build(make)
    sources = random_sources(3)
    lengths = [len(source) for source in sources]
    with torch.inference_mode():
        lean = Lean.of(model, slots=4)
        fixed = FixedDecoder(lean.model, lean.cache, Workers(1))
        lean.cache.store(range(3), lengths, lean.encoder(sources))
        ages = [0] * 9
        for step in range(6):
            rows = [row for row in range(9) if row < 3 * (step + 1) and (row != 4 or step < 3)]
            feed = {row: 5 + row + ages[row] for row in rows}
            expected = lean.decoder([feed], ages, lengths)
            # The same keys and values are written to the same places again.
            assert torch.allclose(fixed([feed], ages, lengths), expected, atol=1e-3, rtol=1e-4)
            ages = [age + (row in feed) for row, age in enumerate(ages)]


@pytest.mark.parametrize("precision", ["int8", "bfloat16"])
def test_fewer_bits_stay_close_to_float32(precision: Precision) -> None:
    """Through encoder, cache and both decoders; bfloat16 is what a GPU computes in."""
    # Weights of the usual size: with larger ones attention jumps from one token to another.
    model = build(lambda: T5ForConditionalGeneration(T5Config(**shape(initializer_factor=1.0))))
    (source,) = random_sources(1)
    everyone = dict.fromkeys(range(ROWS), 7)

    def states(precision: Precision, decoder_class: type[Decoder]) -> torch.Tensor:
        lean = Lean.of(model, precision, slots=2)
        lean.cache.store([0], [len(source)], lean.encoder([source]))
        decoder = decoder_class(lean.model, lean.cache, Workers(1))
        return decoder([everyone], [0] * ROWS, [len(source)])

    with torch.inference_mode():
        exact = states("float32", Decoder)
        for decoder_class in (Decoder, FixedDecoder):
            near = states(precision, decoder_class)
            assert not torch.equal(exact, near)
            assert float((exact - near).norm() / exact.norm()) < 0.1
