"""A seq2seq model with its tokenizer and markers, as the engines and the training use it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    PreTrainedTokenizerBase,
)

from schemas.errors import ModelFolderError
from summarizer.markers import Markers, ensure_markers
from summarizer.weights import load_weights

PREFIX_TOKENS = 2
"""A field's row begins with the decoder's start token and the field's marker."""


@dataclass(frozen=True, slots=True)
class Seq2Seq:
    """A model in float32 whose embeddings cover its tokenizer's markers.

    `model` is a PreTrainedModel, whose annotations are too loose to be checked against.
    `positions` is how many tokens encoder and decoder can read, None where there is no bound.
    `vocabulary_rows` is how many scores the decoder gives per step; more than there are tokens.
    """

    model: Any
    tokenizer: PreTrainedTokenizerBase
    markers: Markers
    start_id: int
    eos_id: int
    pad_id: int
    positions: int | None
    vocabulary_rows: int

    def without_model(self) -> "Seq2Seq":
        """All but the model, whose memory is free once nobody else holds it."""
        return replace(self, model=None)

    def source_limit(self, max_source_tokens: int) -> int:
        """Source tokens that are wanted and that the model can read."""
        return min(max_source_tokens, self.positions or max_source_tokens)

    def target_limit(self, max_target_tokens: int) -> int:
        """Target tokens that are wanted and that the model has positions for."""
        positions = self.positions or max_target_tokens + PREFIX_TOKENS
        return min(max_target_tokens, positions - PREFIX_TOKENS)


def load_seq2seq(source: str | Path) -> Seq2Seq:
    """Load a folder, or for training a model of the hub, given by its name as a plain string.

    A tokenizer without markers gets them, and the model rows for them. Raises ModelFolderError
    where a token that decoding needs is not defined.
    """
    local = isinstance(source, Path)
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
    if isinstance(source, Path):
        model = load_weights(AutoModelForSeq2SeqLM, source)
    else:
        model = AutoModelForSeq2SeqLM.from_pretrained(source, dtype=torch.float32)
    markers = ensure_markers(tokenizer, _embedding_rows(model))
    _grow(model, len(tokenizer))
    start_id = _required(source, "decoder_start_token_id", model.generation_config, model.config)
    eos_id = _required(source, "eos_token_id", tokenizer)
    pad_id = _required(source, "pad_token_id", tokenizer)
    # `generate` fills what a call leaves open from here, and a folder may bring beams, forced
    # tokens, a minimum length or a ban on repetitions.
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        decoder_start_token_id=start_id, eos_token_id=eos_id, pad_token_id=pad_id
    )
    return Seq2Seq(
        model=model,
        tokenizer=tokenizer,
        markers=markers,
        start_id=start_id,
        eos_id=eos_id,
        pad_id=pad_id,
        positions=getattr(model.config, "max_position_embeddings", None),
        vocabulary_rows=len(model.get_output_embeddings().weight),
    )


def _required(source: str | Path, name: str, *holders: object) -> int:
    for holder in holders:
        token_id = getattr(holder, name, None)
        if isinstance(token_id, int):
            return token_id
    raise ModelFolderError(
        f"{source}: neither its configuration nor its tokenizer defines {name}; add it there"
    )


def _embedding_rows(model: Any) -> int:
    return len(model.get_input_embeddings().weight)


@torch.no_grad()
def _grow(model: Any, rows: int) -> None:
    """Give the model rows for new tokens: the mean of the old rows, and noise of their spread.

    The noise is the same every time, so that the same folder gives the same model. Resizing ties
    an output layer that T5 keeps apart from its embeddings; it is set apart again.
    """
    old_rows = _embedding_rows(model)
    if rows <= old_rows:
        return
    old_output = model.get_output_embeddings().weight
    tied = old_output is model.get_input_embeddings().weight
    model.resize_token_embeddings(rows, mean_resizing=False)
    layers = [model.get_input_embeddings()]
    if not tied:
        output = model.get_output_embeddings()
        output.weight = torch.nn.Parameter(output.weight.clone())
        output.weight[:old_rows] = old_output
        layers.append(output)
    generator = torch.Generator().manual_seed(0)
    for layer in layers:
        old = layer.weight[:old_rows]
        noise = torch.randn((rows - old_rows, old.shape[1]), generator=generator)
        layer.weight[old_rows:] = old.mean(0) + old.std(0) * noise
