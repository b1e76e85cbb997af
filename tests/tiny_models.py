"""Model folders small enough to be made by a test: random weights, real tokenizers, no network.

Each function writes a Hugging Face folder (config, tokenizer, safetensors) and returns its path.
The same arguments and seed give the same weights.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertModel,
    BertTokenizer,
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    RobertaTokenizer,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)

REPORT_TEXTS = (
    "The app crashes when I press the save button.",
    "I expected the list to be saved and shown again.",
    "Opening the settings page shows a blank screen instead of the form.",
    "It should show an error message when the server cannot be reached.",
    "TypeError: Cannot read properties of undefined (reading 'items')",
    'File "main.py", line 12, in run',
    "java.lang.NullPointerException: order is null",
    "Steps: open the editor, type a word, close the window.",
    "The download is very slow and memory grows until the browser hangs.",
    "OS: macOS, Browser: Chrome 119.0",
    "crash performance security documentation ui data network build hang functional",
)
_VOCABULARY = 240
_ASCII = [chr(code) for code in range(33, 127)]


def make_t5(folder: Path, *, gated: bool = False, tied: bool = True, seed: int = 0) -> Path:
    """A T5 folder: v1.0 by default, v1.1 and flan with `gated=True, tied=False`."""
    tokenizer = _sentinel_tokenizer()
    torch.manual_seed(seed)
    shape = _t5_shape(tokenizer, gated=gated) | {"tie_word_embeddings": tied}
    model = T5ForConditionalGeneration(T5Config(**shape))
    if not tied:
        model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.shared.weight))
    return _save(folder, model, tokenizer)


def make_mt5(folder: Path, *, seed: int = 0) -> Path:
    """An mT5 folder: gated, untied, its sentinels ordinary pieces that begin with a space."""
    tokenizer = _sentinel_tokenizer(space_before=True)
    torch.manual_seed(seed)
    model = MT5ForConditionalGeneration(MT5Config(**_t5_shape(tokenizer, gated=True)))
    model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.shared.weight))
    return _save(folder, model, tokenizer)


def make_bart(folder: Path, *, seed: int = 0) -> Path:
    """A BART folder with a byte-level tokenizer that has no copy markers.

    Its generation settings are those that real folders bring and that our decoding must not obey.
    """
    tokenizer = _byte_level_tokenizer()
    torch.manual_seed(seed)
    model = BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(tokenizer),
            d_model=32,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=2,
            decoder_attention_heads=2,
            encoder_ffn_dim=64,
            decoder_ffn_dim=64,
            max_position_embeddings=512,
            init_std=0.5,
            bos_token_id=tokenizer.bos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            decoder_start_token_id=tokenizer.eos_token_id,
        )
    )
    settings = model.generation_config
    settings.forced_bos_token_id = tokenizer.bos_token_id
    settings.forced_eos_token_id = tokenizer.eos_token_id
    settings.no_repeat_ngram_size = 3
    settings.min_length = 12
    settings.num_beams = 4
    settings.length_penalty = 2.0
    settings.early_stopping = True
    return _save(folder, model, tokenizer)


def make_bert(folder: Path, *, layers: int = 2, hidden: int = 32, seed: int = 0) -> Path:
    """A BERT encoder folder with a WordPiece tokenizer and 128 positions."""
    tokenizer = _word_piece_tokenizer()
    torch.manual_seed(seed)
    model = BertModel(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=2 * hidden,
            max_position_embeddings=128,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    return _save(folder, model, tokenizer)


def _t5_shape(tokenizer: PreTrainedTokenizerBase, *, gated: bool) -> dict[str, Any]:
    return {
        # Real T5 vocabularies have more rows than tokens; those rows must never be chosen.
        "vocab_size": len(tokenizer) + 5,
        "d_model": 32,
        "d_kv": 16,
        "d_ff": 64,
        "num_layers": 2,
        "num_heads": 2,
        "feed_forward_proj": "gated-gelu" if gated else "relu",
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "decoder_start_token_id": tokenizer.pad_token_id,
    }


def _save(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _sentinel_tokenizer(*, space_before: bool = False) -> T5Tokenizer:
    """A Unigram tokenizer with the 100 sentinels at its end, as in T5 and mT5."""
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=["<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        initial_alphabet=_ASCII,
        show_progress=False,
    )
    trained.train_from_iterator(_repeated(REPORT_TEXTS), trainer)
    pieces = [(piece, score) for piece, score in json.loads(trained.to_str())["model"]["vocab"]]
    sentinels = [f"<extra_id_{number}>" for number in reversed(range(100))]
    if not space_before:
        return T5Tokenizer(vocab=pieces + [(sentinel, 0.0) for sentinel in sentinels])
    pieces += [(f"\N{LOWER ONE EIGHTH BLOCK}{sentinel}", 0.0) for sentinel in sentinels]
    return T5Tokenizer(vocab=pieces, extra_ids=0)


def _byte_level_tokenizer() -> RobertaTokenizer:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY + 200,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(_repeated(REPORT_TEXTS), trainer)
    model = json.loads(trained.to_str())["model"]
    merges: Any = [tuple(pair) for pair in model["merges"]]
    return RobertaTokenizer(vocab=model["vocab"], merges=merges)


def _word_piece_tokenizer() -> BertTokenizer:
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.normalizer = normalizers.BertNormalizer()
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        initial_alphabet=_ASCII,
        show_progress=False,
    )
    trained.train_from_iterator(_repeated(REPORT_TEXTS), trainer)
    return BertTokenizer(vocab=trained.get_vocab())


def _repeated(texts: Iterable[str]) -> list[str]:
    return list(texts) * 4
