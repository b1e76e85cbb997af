"""Markers are found in every spelling, and added where there are none."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from schemas.summary import FieldName
from summarizer.markers import ensure_markers
from summarizer.seq2seq import load_seq2seq
from tests.tiny_models import make_bart, make_mt5, make_t5


@pytest.mark.parametrize(
    ("make", "first", "last"),
    [
        pytest.param(make_t5, "<extra_id_0>", "<extra_id_99>", id="t5"),
        pytest.param(make_mt5, "▁<extra_id_0>", "▁<extra_id_99>", id="mt5"),
    ],
)
def test_sentinels_of_the_vocabulary_are_the_markers(
    make: Callable[[Path], Path], first: str, last: str, tmp_path: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make(tmp_path))
    size = len(tokenizer)
    markers = ensure_markers(tokenizer, size)
    assert len(tokenizer) == size
    assert len(markers.sentences) == 95
    assert markers.sentences[0] == tokenizer.convert_tokens_to_ids(first)
    assert markers.fields[FieldName.ENVIRONMENT] == tokenizer.convert_tokens_to_ids(last)
    assert len(markers.ids) == 100


def test_untrained_second_sentinels_are_passed_over(tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(make_mt5(tmp_path))
    rows = len(tokenizer)
    expected = ensure_markers(tokenizer, rows)
    tokenizer.add_tokens([f"<extra_id_{number}>" for number in range(100)], special_tokens=True)
    assert ensure_markers(tokenizer, rows) == expected


def test_a_tokenizer_without_sentinels_gets_them_and_the_model_rows(tmp_path: Path) -> None:
    folder = make_bart(tmp_path)
    before = AutoModelForSeq2SeqLM.from_pretrained(folder).get_input_embeddings().weight
    first, second = load_seq2seq(folder), load_seq2seq(folder)
    weight = first.model.get_input_embeddings().weight
    assert max(first.markers.ids) < len(weight) == len(before) + 100
    assert torch.equal(weight[: len(before)], before)
    assert torch.equal(weight, second.model.get_input_embeddings().weight)
    assert first.model.get_output_embeddings().weight is weight
    assert first.model.final_logits_bias.shape[-1] == len(weight)
    # Markers that start equal would be told apart slowly.
    assert len(weight[list(first.markers.ids)].unique(dim=0)) == 100


def test_growing_leaves_an_output_layer_of_its_own_alone(tmp_path: Path) -> None:
    folder = make_t5(tmp_path, gated=True, tied=False)
    before = AutoModelForSeq2SeqLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"[new {number}]" for number in range(20)])
    tokenizer.save_pretrained(folder)
    model = load_seq2seq(folder).model
    rows = len(before.lm_head.weight)
    assert len(model.lm_head.weight) == len(model.shared.weight) > rows
    assert torch.equal(model.lm_head.weight[:rows], before.lm_head.weight)
    assert torch.equal(model.shared.weight[:rows], before.shared.weight)
