"""Pre-training of encoders and of our own T5, on tiny models."""

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoModelForMaskedLM, AutoTokenizer

from tests.tiny_models import make_bert
from training.recipe import abstractive
from training.recipe import pretrain as pretraining
from training.recipe.abstractive import corrupted, random_model, train_tokenizer
from training.recipe.pretrain import (
    MASKED_SHARE,
    blocks,
    guess_among,
    learning_rate_share,
    masked,
    pretrain,
    texts,
    trace_texts,
    whole_loss,
)
from training.recipe.reports import Report
from training.recipe.shallow import write_shallow

REPORT = Report(
    "tidev:TIMOB-2",
    "tidev/jira-archive",
    "Apache-2.0",
    "The app crashes",
    "It crashes.",
    comments=("Me too, mail me at me@example.org.",),
)
SENTENCES = ["The app crashes when it is started.", "Nothing happens.", "It should be closed."]


def test_held_out_reports_are_not_read() -> None:
    held_out = replace(REPORT, key="expensify:1", text="The secret plan fails.")
    found = list(texts([REPORT, held_out], ["java.lang.Error: x"]))
    assert found == [
        "The app crashes\nIt crashes.",
        "Me too, mail me at user@example.com.",
        "java.lang.Error: x",
    ]


def test_nor_are_their_traces(tmp_path: Path) -> None:
    rows = [
        {"system": "ecf", "bug_id": "1", "stacktrace": "held out"},
        *({"system": "tomcat70", "bug_id": str(at), "stacktrace": f"t{at}"} for at in range(40)),
    ]
    with gzip.open(tmp_path / "eclipse_stacktraces.jsonl.gz", "wt") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    found = list(trace_texts(tmp_path))
    assert "held out" not in found
    assert 30 <= len(found) < 40


def test_documents_are_cut_into_rows(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_bert(tmp_path / "bert"))
    rows = blocks(SENTENCES * 8, tokenizer, 16)
    assert rows.shape[1] == 16
    assert set(rows[:, 0].tolist()) == {tokenizer.cls_token_id}


def test_some_tokens_are_hidden_and_none_of_the_special_ones(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_bert(tmp_path / "bert"))
    rows = blocks(SENTENCES * 400, tokenizer, 16)
    inputs, hidden = masked(rows, tokenizer, torch.Generator().manual_seed(1))
    assert abs(hidden.float().mean() - MASKED_SHARE) < 0.06
    assert not torch.isin(rows[hidden], torch.tensor(tokenizer.all_special_ids)).any()
    assert (inputs[~hidden] == rows[~hidden]).all()
    share_masked = (inputs[hidden] == tokenizer.mask_token_id).float().mean()
    assert 0.7 < share_masked < 0.9


def test_an_encoder_learns_to_fill_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_bert(tmp_path / "bert")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForMaskedLM.from_pretrained(folder)
    before = model.base_model.get_input_embeddings().weight.clone()
    rows = blocks(SENTENCES * 600, tokenizer, 16)[: 8 * 60]
    whole = whole_loss(model, tokenizer, rows[:40])
    pretrain(model, tokenizer, rows[40:], minutes=9, batch_size=8, learning_rate=3e-3)
    losses = [float(line.rpartition(" ")[2]) for line in capsys.readouterr().out.splitlines()]
    assert losses[-1] < 0.8 * losses[0]
    assert whole_loss(model, tokenizer, rows[:40]) < 0.8 * whole
    assert not torch.equal(before, model.base_model.get_input_embeddings().weight)


def test_a_hidden_token_is_told_from_those_of_the_batch_and_some_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pretraining, "OTHER_TOKENS", 5)
    hidden = torch.tensor([7, 3, 7, 19])
    among, positions = guess_among(hidden, 20, torch.Generator().manual_seed(2))
    assert torch.equal(among[positions], hidden)
    assert len(set(among.tolist())) == len(among)
    assert 5 <= len(among) <= 8
    assert among.max() < 20


def test_the_rate_rises_and_ends_at_nothing() -> None:
    shares = [learning_rate_share(done / 100) for done in range(101)]
    assert shares[0] < 0.02
    assert max(shares) > 0.9
    assert shares[-1] == 0.0


def test_nothing_is_lost_in_a_corrupted_row() -> None:
    ids = list(range(200, 400))
    inputs, hidden = corrupted(ids, list(range(100)), 999, random.Random(3))
    assert inputs[-1] == hidden[-1] == 999
    spans: dict[int, list[int]] = {}
    for token in hidden[:-1]:
        if token < 100:
            spans[token] = []
        else:
            spans[max(spans)].append(token)
    restored = [one for token in inputs[:-1] for one in (spans[token] if token < 100 else [token])]
    assert restored == ids
    assert 0.05 < sum(map(len, spans.values())) / len(ids) < 0.3


def test_code_paths_and_any_script_come_back_as_they_were() -> None:
    tokenizer = train_tokenizer(SENTENCES * 20)
    for text in ("at a.b.C$1.run(C.java:42)", r"C:\Users\x\é 日本 🙂", "  two  spaces\n\ttab"):
        ids = tokenizer(text, add_special_tokens=False).input_ids
        assert tokenizer.unk_token_id not in ids
        assert tokenizer.decode(ids) == text


def test_our_t5_learns_to_fill_spans(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(abstractive, "VOCABULARY", 500)
    tokenizer = train_tokenizer(SENTENCES * 50)
    model = random_model(tokenizer)
    rows = [tokenizer(" ".join(SENTENCES)).input_ids[:24] for _ in range(4 * 60)]
    abstractive.pretrain(model, tokenizer, rows, minutes=9, batch_size=4, learning_rate=2e-3)
    losses = [float(line.rpartition(" ")[2]) for line in capsys.readouterr().out.splitlines()]
    assert losses[-1] < 0.7 * losses[0]


def test_a_shallower_encoder_has_the_chosen_layers(tmp_path: Path) -> None:
    whole = make_bert(tmp_path / "whole", layers=3)
    write_shallow(whole, [0, 2], tmp_path / "shallow")
    before, after = (
        AutoModel.from_pretrained(folder).encoder.layer for folder in (whole, tmp_path / "shallow")
    )
    assert len(after) == 2
    for old, new in ((0, 0), (2, 1)):
        for name, weight in before[old].state_dict().items():
            assert torch.equal(weight, after[new].state_dict()[name])
    with pytest.raises(ValueError, match=r"--layers 3: .* has the layers 0 to 2"):
        write_shallow(whole, [0, 3], tmp_path / "wrong")
    with pytest.raises(ValueError, match="a layer comes twice"):
        write_shallow(whole, [0, 0], tmp_path / "wrong")
