"""Goes on with an encoder's masked-language training on the text of bug reports.

`python -m training.recipe.pretrain --source FOLDER --model BASE --output FOLDER --minutes 25` reads
the reports, comments and stack traces of the source files, those of held-out reports left out, and
writes an encoder that `train.py` can start from. The prediction head starts from random weights
and is thrown away again.
"""

import argparse
import gzip
import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    PreTrainedTokenizerBase,
)

from training.recipe.reports import Report, read_reports
from training.recipe.scrub import scrub
from training.recipe.sides import is_held_out

MASKED_SHARE = 0.2
OTHER_TOKENS = 2_048
"""Tokens of chance that a hidden one is told from, besides all that are hidden in the batch.

Scores of the whole vocabulary are the dearest part of a step.
"""
MAX_ROWS_APART = 256
_KEPT, _RANDOM = 0.1, 0.1
_SEED = 17


def texts(reports: Iterable[Report], traces: Iterable[str]) -> Iterator[str]:
    """What may be learnt from: reports with their titles, comments, fixes and traces, scrubbed."""
    for report in reports:
        if is_held_out(report):
            continue
        yield scrub(f"{report.title}\n{report.text}")
        yield from (scrub(text) for text in (*report.comments, report.fix, report.retold) if text)
    yield from (scrub(trace) for trace in traces)


def trace_texts(folder: Path) -> Iterator[str]:
    """The stack traces of `eclipse_stacktraces`, without those of held-out components."""
    with gzip.open(folder / "eclipse_stacktraces.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            report = Report(f"eclipse:{row['bug_id']}", "", "", "", "", labels=(row["system"],))
            if not is_held_out(report):
                yield row["stacktrace"]


def blocks(
    documents: Sequence[str], tokenizer: PreTrainedTokenizerBase, length: int
) -> torch.Tensor:
    """All documents one after another, cut into rows of `length` tokens: (rows, length)."""
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    stream: list[int] = []
    for start in range(0, len(documents), 1_000):
        batch = list(documents[start : start + 1_000])
        for ids in tokenizer(batch, add_special_tokens=False, verbose=False)["input_ids"]:
            stream += [*ids, last]
    inner = length - 1
    rows = torch.tensor(stream[: len(stream) // inner * inner]).reshape(-1, inner)
    return torch.cat([torch.full((len(rows), 1), first), rows], dim=1)


def masked(
    ids: Tensor, tokenizer: PreTrainedTokenizerBase, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A batch with some tokens hidden, and where: of these a tenth stays, a tenth is random."""
    special = torch.tensor(tokenizer.all_special_ids)
    hidden = torch.rand(ids.shape, generator=generator) < MASKED_SHARE
    hidden &= ~torch.isin(ids, special)
    draw = torch.rand(ids.shape, generator=generator)
    others = torch.randint(len(tokenizer), ids.shape, generator=generator)
    changed = torch.where(draw < _RANDOM, others, torch.tensor(tokenizer.mask_token_id))
    return torch.where(hidden & (draw < 1 - _KEPT), changed, ids), hidden


def guess_among(
    hidden: Tensor, vocabulary: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The tokens to tell the hidden ones from, and where each of these is among them.

    (hidden tokens), ids, to (tokens), ids, each once, and (hidden tokens), positions.
    """
    seen, positions = torch.unique(hidden, return_inverse=True)
    others = torch.randperm(vocabulary, generator=generator)[:OTHER_TOKENS]
    return torch.cat([seen, others[~torch.isin(others, seen)]]), positions


def pretrain(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    rows: Tensor,
    minutes: float,
    batch_size: int,
    learning_rate: float,
) -> None:
    """Train for so many minutes, or until every row was seen once; prints the loss as it goes."""
    generator = torch.Generator().manual_seed(_SEED)
    order = torch.randperm(len(rows), generator=generator)
    optimizer = torch.optim.AdamW(model.parameters(), learning_rate, weight_decay=0.01, fused=True)
    encoder, head = model.base_model, model.cls.predictions
    model.train()
    started, losses = time.monotonic(), []
    for step, chosen in enumerate(torch.split(order, batch_size)):
        spent = (time.monotonic() - started) / 60
        if spent >= minutes:
            break
        # By the clock, so that the rate ends at zero on a machine of any speed.
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * learning_rate_share(
                max(spent / minutes, step / (len(rows) / batch_size))
            )
        ids = rows[chosen]
        inputs, hidden = masked(ids, tokenizer, generator)
        with torch.autocast("cpu", torch.bfloat16):
            states = head.transform(encoder(inputs).last_hidden_state[hidden])
            among, targets = guess_among(ids[hidden], len(head.decoder.weight), generator)
            scores = nn.functional.linear(
                states, head.decoder.weight[among], head.decoder.bias[among]
            )
        loss = nn.functional.cross_entropy(scores.float(), targets)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 50 == 0:
            recent = sum(losses[-50:]) / len(losses[-50:])
            print(f"step {step}, {spent:.1f} minutes, loss {recent:.3f}", flush=True)


@torch.inference_mode()
def whole_loss(model: Any, tokenizer: PreTrainedTokenizerBase, rows: Tensor) -> float:
    """The mean loss over hidden tokens of the rows, told from the whole vocabulary, in nats."""
    generator = torch.Generator().manual_seed(_SEED)
    model.eval()
    total, count = 0.0, 0
    for ids in torch.split(rows, 16):
        inputs, hidden = masked(ids, tokenizer, generator)
        with torch.autocast("cpu", torch.bfloat16):
            scores = model.cls(model.base_model(inputs).last_hidden_state[hidden])
        total += nn.functional.cross_entropy(scores.float(), ids[hidden], reduction="sum").item()
        count += len(scores)
    return total / count


def learning_rate_share(done: float) -> float:
    """The share of the learning rate: up over the first twentieth, then down to zero."""
    return min(1.0, 20 * done + 0.01) * (1 - done)


def documents_of(source: Path) -> list[str]:
    """All that may be learnt from, in an order of chance."""
    documents = list(texts(read_reports(source), trace_texts(source)))
    random.Random(_SEED).shuffle(documents)
    return documents


def add_pretraining_arguments(parser: argparse.ArgumentParser, learning_rate: float) -> None:
    """What every kind of pre-training is told."""
    parser.add_argument("--source", type=Path, required=True, help="folder of the gzipped sources")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=192, help="of a row")
    parser.add_argument("--learning-rate", type=float, default=learning_rate)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe.pretrain", description=__doc__)
    add_pretraining_arguments(parser, learning_rate=3e-4)
    parser.add_argument("--model", type=Path, required=True, help="the base encoder")
    given = parser.parse_args()
    torch.manual_seed(_SEED)
    tokenizer = AutoTokenizer.from_pretrained(given.model)
    model = AutoModelForMaskedLM.from_pretrained(given.model, attn_implementation="eager")
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    documents = documents_of(given.source)
    rows = blocks(documents, tokenizer, given.tokens)
    print(f"{len(documents)} texts, {rows.numel()} tokens", flush=True)
    apart = min(MAX_ROWS_APART, len(rows) // 10)
    pretrain(model, tokenizer, rows[apart:], given.minutes, given.batch_size, given.learning_rate)
    print(
        f"loss over the vocabulary on rows apart: {whole_loss(model, tokenizer, rows[:apart]):.3f}"
    )
    model.base_model.save_pretrained(given.output)
    tokenizer.save_pretrained(given.output)


if __name__ == "__main__":
    main()
