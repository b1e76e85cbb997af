import json

import pytest

from benchmarks import bodies
from benchmarks.models import PARAMETERS, SHAPE, seq2seq_tokenizer
from benchmarks.texts import (
    FIELD_TOKENS,
    FIELDS,
    SENTENCES,
    SOURCE_TOKENS,
    TARGET_TOKENS,
    VOCABULARY,
    held_out,
    is_whole_answer,
    peer_text,
    report,
    report_text,
    words,
)
from benchmarks.work import encode_operations, step_bytes, step_weights
from schemas.summary import FieldName
from summarizer.markers import ensure_markers
from summarizer.writing_input import WritingInputBuilder


def test_the_words_are_distinct() -> None:
    assert len({*VOCABULARY}) == len(VOCABULARY) == 31_996
    assert words(3) == VOCABULARY[:3]


def test_reports_differ_and_stay_as_they_are() -> None:
    assert report_text(1) == report_text(1)
    assert len({report_text(number) for number in range(100)}) == 100


def test_ours_and_the_peers_read_as_many_tokens() -> None:
    tokenizer = seq2seq_tokenizer()
    markers = ensure_markers(tokenizer, SHAPE["vocab_size"])
    builder = WritingInputBuilder(tokenizer, markers, tokenizer.eos_token_id, SOURCE_TOKENS)
    for number in range(20):
        prepared = builder.build(report(number))
        assert prepared.token_count == SOURCE_TOKENS
        assert len(prepared.segments) == SENTENCES
        ids = tokenizer(peer_text(number))["input_ids"]
        assert len(ids) == SOURCE_TOKENS
        assert tokenizer.unk_token_id not in ids


def test_a_word_of_an_answer_is_a_token() -> None:
    tokenizer = seq2seq_tokenizer()
    ids = tokenizer(" ".join(VOCABULARY[:FIELD_TOKENS]), add_special_tokens=False)["input_ids"]
    assert len(ids) == FIELD_TOKENS
    assert len(tokenizer.decode(ids).split()) == FIELD_TOKENS


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (["a " * FIELD_TOKENS] * FIELDS, True),
        (["a " * FIELD_TOKENS] * (FIELDS - 1), False),
        (["a " * FIELD_TOKENS] * (FIELDS - 1) + ["a"], False),
        (["a " * FIELD_TOKENS] * (FIELDS - 1) + ["Not stated"], False),
    ],
    ids=["whole", "a field too few", "a short field", "not stated"],
)
def test_an_answer_must_have_all_its_tokens(texts: list[str], whole: bool) -> None:
    assert is_whole_answer(texts) is whole


def test_the_fields_are_those_of_a_summary() -> None:
    assert len(FieldName) == FIELDS
    assert TARGET_TOKENS == FIELDS * FIELD_TOKENS


def test_the_held_out_reports_are_read_in_one_order() -> None:
    reports = held_out()
    assert len(reports) > 400
    assert reports == held_out()


def test_bodies_are_never_repeated_and_checked() -> None:
    asked = bodies.our_abstractive()
    assert asked.next() != asked.next()
    summary = {f"field{number}": "a " * FIELD_TOKENS for number in range(FIELDS)}
    assert asked.is_right(json.dumps({"summary": summary}).encode())
    assert not asked.is_right(json.dumps({"summary": {**summary, "field0": "a"}}).encode())
    peer = bodies.peer_abstractive("/predict")
    assert peer.is_right(json.dumps({"text": "a " * TARGET_TOKENS}).encode())
    assert not peer.is_right(json.dumps({"text": "a"}).encode())


def test_the_work_is_counted_by_hand() -> None:
    projections, feed_forward = 4 * 512 * 384, 3 * 512 * 1024
    assert encode_operations(1) == 2 * 8 * (projections + feed_forward + 2 * 384 + 2 * 512 * 384)
    assert step_weights() == 8 * (6 * 512 * 384 + feed_forward) + 32_128 * 512
    # What both count of the model is nearly all of it: no norms, no table of distances.
    embeddings, encoder = 32_128 * 512, 8 * (projections + feed_forward)
    cross = 8 * 2 * 512 * 384
    counted = encoder + cross + step_weights()
    assert counted == pytest.approx(PARAMETERS, rel=0.001)
    assert embeddings < step_weights()


@pytest.mark.parametrize(("precision", "size"), [("int8", 1), ("bfloat16", 2), ("float32", 4)])
def test_a_step_reads_weights_and_cache(precision: str, size: int) -> None:
    assert step_bytes(precision, 0, 0) == step_weights() * size
    cached = step_bytes(precision, 256, 10) - step_bytes(precision, 0, 0)
    assert cached == 2 * 8 * (256 + 5 * 10) * 384 * 4
