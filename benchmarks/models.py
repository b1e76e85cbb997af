"""The models that are measured: built once, in `build/bench/`, from fixed random numbers.

The seq2seq model has the shape of flan-T5-small with tied embeddings. Its weights are random, so
it must be kept from ending early: the embeddings of the end token, of the sentence markers and of
what is no token are next to nothing, and so, since they are the output layer too, are the scores.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.texts import FIELD_TOKENS, FIELDS, SOURCE_TOKENS, VOCABULARY
from schemas.manifest import ModelKind, ModelManifest
from schemas.record import TrainingRecord

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
BUNDLED = ROOT / "models" / "bug-summarizer-minilm"
RECORDS = ROOT / "data" / "train.jsonl"
PARAMETERS = 60_511_616
LEARNER_PIECES = 16_000
SHAPE: dict[str, Any] = {
    "vocab_size": 32_128,
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 1_024,
    "num_layers": 8,
    "num_decoder_layers": 8,
    "num_heads": 6,
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": True,
}
IDS: dict[str, Any] = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
SENTINELS = tuple(f"<extra_id_{number}>" for number in range(100))
_SPECIAL = ("<pad>", "</s>", "<unk>")


def seq2seq_folder() -> Path:
    """A model folder with random weights that our abstractive engine and transformers can load."""
    return _built("t5-random", _build_seq2seq)


def learner_folder() -> Path:
    """The same shape, to be trained: with a tokenizer for the shipped reports."""
    return _built("t5-learner", _build_learner)


def ctranslate2_folder() -> Path:
    """The same weights converted for CTranslate2, in int8."""
    return _built("t5-random-ctranslate2", _build_ctranslate2)


def sentence_folder() -> Path:
    """The bundled model's encoder for sentence-transformers: mean pooling, 512 tokens."""
    return _built("encoder-sentence-transformers", _build_sentences)


def onnx_folder() -> Path:
    """The bundled model's encoder as ONNX, quantized to int8 by ONNX Runtime, and its tokenizer."""
    return _built("encoder-onnx-int8", _build_onnx)


def seq2seq_tokenizer() -> Any:
    """T5's vocabulary with made-up words in place of pieces: one word is always one token."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokens = [*_SPECIAL, ".", *VOCABULARY, *reversed(SENTINELS)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", vocabulary["</s>"])]
    )
    tokenizer_class: Any = PreTrainedTokenizerFast
    return tokenizer_class(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        extra_special_tokens=list(SENTINELS),
        clean_up_tokenization_spaces=False,
    )


def _built(name: str, build: Callable[[Path], None]) -> Path:
    """The folder of this name, built where it is missing and never seen half built."""
    folder = BUILD / name
    if not folder.is_dir():
        draft = BUILD / f"{name}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        build(draft)
        draft.rename(folder)
    return folder


def _build_seq2seq(folder: Path) -> None:
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    from summarizer.folder import write_manifest

    torch.manual_seed(0)
    tokenizer = seq2seq_tokenizer()
    config = T5Config(**SHAPE, **IDS, dropout_rate=0.0)
    model: Any = T5ForConditionalGeneration(config)
    size = sum(parameter.numel() for parameter in model.parameters())
    if size != PARAMETERS:
        raise RuntimeError(f"the random model has {size} parameters and not {PARAMETERS}")
    markers = tokenizer.convert_tokens_to_ids(SENTINELS[:-FIELDS])
    never = [*range(len(_SPECIAL)), *markers, *range(len(tokenizer), config.vocab_size)]
    with torch.no_grad():
        model.get_input_embeddings().weight[never] *= 1e-3
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    write_manifest(
        folder,
        ModelManifest(
            kind=ModelKind.ABSTRACTIVE,
            name="t5-random",
            version="1",
            base_model="none",
            categories=[],
            max_source_tokens=SOURCE_TOKENS,
            max_target_tokens=FIELD_TOKENS,
        ),
    )


def _build_learner(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=LEARNER_PIECES,
        special_tokens=list(_SPECIAL),
        unk_token="<unk>",
        show_progress=False,
    )
    texts = (record.input.description or "" for record in records())
    trained.train_from_iterator(texts, trainer)
    pieces = [(piece, score) for piece, score in json.loads(trained.to_str())["model"]["vocab"]]
    vocabulary = pieces + [(sentinel, 0.0) for sentinel in reversed(SENTINELS)]
    torch.manual_seed(0)
    model: Any = T5ForConditionalGeneration(T5Config(**SHAPE, **IDS))
    model.save_pretrained(folder)
    T5Tokenizer(vocab=vocabulary).save_pretrained(folder)


def records() -> list[TrainingRecord]:
    """The shipped records to train on."""
    lines = RECORDS.read_bytes().splitlines()
    return [TrainingRecord.model_validate_json(line) for line in lines]


def _build_ctranslate2(folder: Path) -> None:
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(str(seq2seq_folder()))
    converter.convert(str(folder), quantization="int8", force=True)


def _encoder() -> tuple[Any, Any]:
    """The bundled model's encoder and tokenizer."""
    from transformers import AutoTokenizer

    from summarizer.pointing import PointingConfig, PointingModel
    from summarizer.weights import load_weights

    model = load_weights(PointingModel, BUNDLED)
    config = PointingConfig.from_pretrained(BUNDLED, local_files_only=True).encoder_config()
    return model.encoder, AutoTokenizer.from_pretrained(
        BUNDLED, config=config, local_files_only=True
    )


def _build_sentences(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer

    encoder, tokenizer = _encoder()
    plain = folder.with_name(f"{folder.name}.plain")
    try:
        encoder.save_pretrained(plain)
        tokenizer.save_pretrained(plain)
        transformer = Transformer(str(plain), max_seq_length=encoder.config.max_position_embeddings)
        pooling = Pooling(encoder.config.hidden_size, pooling_mode="mean")
        SentenceTransformer(modules=[transformer, pooling], device="cpu").save(str(folder))
    finally:
        shutil.rmtree(plain, ignore_errors=True)


def _build_onnx(folder: Path) -> None:
    import warnings

    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    encoder, tokenizer = _encoder()
    # The one attention whose graph the exporter writes with free sizes.
    encoder.set_attn_implementation("eager")

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask
            ).last_hidden_state
            return states

    ids = torch.arange(1000, 1034).reshape(2, 17)
    sizes = {0: "reports", 1: "tokens"}
    plain = folder / "encoder.onnx"
    with warnings.catch_warnings():
        # The other exporter needs one package more.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            States().eval(),
            (ids, torch.ones_like(ids)),
            str(plain),
            input_names=["input_ids", "attention_mask"],
            output_names=["states"],
            dynamic_axes={"input_ids": sizes, "attention_mask": sizes, "states": sizes},
            opset_version=17,
            dynamo=False,
        )
    quantize_dynamic(
        str(plain), str(folder / "model.onnx"), per_channel=True, weight_type=QuantType.QInt8
    )
    plain.unlink()
    tokenizer.save_pretrained(folder)
