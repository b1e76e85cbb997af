"""A T5 of our own from random weights: its tokenizer, then span corruption on bug reports.

`python -m training.recipe.abstractive --source FOLDER --output FOLDER --minutes 20` writes a folder
that `train.py` fine-tunes on the fields. Held-out reports are left out, as in
`training.recipe.pretrain`. The tokenizer falls back to bytes, so that code, paths and traces of any
script come back as they were.
"""

import argparse
import random
import time
from collections.abc import Iterable, Sequence

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from training.recipe.pretrain import (
    add_pretraining_arguments,
    documents_of,
    learning_rate_share,
)

VOCABULARY = 12_000
SENTINELS = 100
_PAD, _END, _UNKNOWN = "<pad>", "</s>", "<unk>"
_NOISE, _SPAN = 0.15, 3.0
_SEED = 17


def train_tokenizer(documents: Iterable[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with T5's special tokens, the sentinels last."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            # Digits alone, so that versions and line numbers are copied piece by piece.
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - SENTINELS,
        special_tokens=[_PAD, _END, _UNKNOWN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {_END}", special_tokens=[(_END, tokenizer.token_to_id(_END))]
    )
    sentinels = [f"<extra_id_{number}>" for number in range(SENTINELS)]
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        eos_token=_END,
        unk_token=_UNKNOWN,
        additional_special_tokens=sentinels,
    )


def random_model(tokenizer: PreTrainedTokenizerFast) -> T5ForConditionalGeneration:
    """A T5 of about 11 million weights."""
    torch.manual_seed(_SEED)
    config = T5Config(  # type: ignore[call-arg]
        vocab_size=len(tokenizer),
        d_model=256,
        d_kv=32,
        num_heads=8,
        d_ff=768,
        num_layers=5,
        num_decoder_layers=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=True,
        dropout_rate=0.0,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    return T5ForConditionalGeneration(config)


def corrupted(
    ids: Sequence[int], sentinels: Sequence[int], end: int, draw: random.Random
) -> tuple[list[int], list[int]]:
    """One row with spans hidden behind sentinels, and what they hide."""
    inputs: list[int] = []
    hidden: list[int] = []
    at, used = 0, 0
    while at < len(ids):
        starts = draw.random() < _NOISE / _SPAN and used < len(sentinels)
        if not starts:
            inputs.append(ids[at])
            at += 1
            continue
        length = min(1 + int(draw.expovariate(1 / (_SPAN - 1))), len(ids) - at)
        inputs.append(sentinels[used])
        hidden += [sentinels[used], *ids[at : at + length]]
        at += length
        used += 1
    return [*inputs, end], [*hidden, end]


def pretrain(
    model: T5ForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    rows: Sequence[Sequence[int]],
    minutes: float,
    batch_size: int,
    learning_rate: float,
) -> None:
    """Span corruption for so many minutes, or until every row was seen once."""
    draw = random.Random(_SEED)
    order = draw.sample(range(len(rows)), len(rows))
    sentinels = [tokenizer.vocab[f"<extra_id_{number}>"] for number in range(SENTINELS)]
    pad, end = tokenizer.pad_token_id, tokenizer.eos_token_id
    optimizer = torch.optim.AdamW(model.parameters(), learning_rate, weight_decay=0.01, fused=True)
    model.train()
    started, losses = time.monotonic(), []
    for step, first in enumerate(range(0, len(order), batch_size)):
        spent = (time.monotonic() - started) / 60
        if spent >= minutes:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * learning_rate_share(
                max(spent / minutes, first / len(order))
            )
        pairs = [
            corrupted(rows[at], sentinels, end, draw) for at in order[first : first + batch_size]
        ]
        inputs = _padded([pair[0] for pair in pairs], pad)
        labels = _padded([pair[1] for pair in pairs], -100)
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(
                input_ids=inputs, attention_mask=(inputs != pad).long(), labels=labels
            ).loss
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 50 == 0:
            recent = sum(losses[-50:]) / len(losses[-50:])
            print(f"step {step}, {spent:.1f} minutes, loss {recent:.3f}", flush=True)


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    tensors = [torch.tensor(row) for row in rows]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=value)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(
        prog="python -m training.recipe.abstractive", description=__doc__
    )
    add_pretraining_arguments(parser, learning_rate=2e-3)
    given = parser.parse_args()
    documents = documents_of(given.source)
    tokenizer = train_tokenizer(documents)
    stream = [
        token
        for encoding in tokenizer.backend_tokenizer.encode_batch(documents)
        for token in encoding.ids
    ]
    rows = [stream[at : at + given.tokens] for at in range(0, len(stream), given.tokens)]
    print(f"{len(documents)} texts, {len(stream)} tokens", flush=True)
    model = random_model(tokenizer)
    pretrain(model, tokenizer, rows, given.minutes, given.batch_size, given.learning_rate)
    model.save_pretrained(given.output)
    tokenizer.save_pretrained(given.output)


if __name__ == "__main__":
    main()
