"""The peers of the abstractive engine: one target of all the fields' tokens per report.

They are given token ids or tokens: their tokenization is not counted, ours is.
"""

import time
from abc import ABC, abstractmethod
from typing import Any

import torch

from benchmarks import STATIC_BATCH, THREADS, models
from benchmarks.texts import SOURCE_TOKENS, TARGET_TOKENS, peer_text


class StaticBatchContestant(ABC):
    """Measured by a report alone and by one full batch."""

    def lone(self, number: int) -> float:
        """Seconds for one report."""
        return self._run([number])

    def saturated(self, first: int) -> float:
        """Reports per second in one full batch."""
        return STATIC_BATCH / self._run(list(range(first, first + STATIC_BATCH)))

    @abstractmethod
    def _run(self, numbers: list[int]) -> float:
        """Seconds for reports that come at once."""


class TransformersContestant(StaticBatchContestant):
    """`generate` of transformers, greedy."""

    def __init__(self, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        from transformers import AutoModelForSeq2SeqLM

        torch.set_num_threads(THREADS)
        folder = models.seq2seq_folder()
        self._tokenizer = load_tokenizer(folder)
        self._model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=dtype).to(device).eval()

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"transformers `generate`, {str(self._model.dtype).removeprefix('torch.')}, greedy, "
            f"{THREADS} threads, a batch of {STATIC_BATCH} when saturated"
        )

    def _run(self, numbers: list[int]) -> float:
        ids = source_ids(self._tokenizer, numbers)
        started = time.perf_counter()
        write(self._model, ids)
        return time.perf_counter() - started


class CTranslate2Contestant(StaticBatchContestant):
    """CTranslate2, int8, greedy: one worker with both threads. Workers share a batch out."""

    workers = 1

    def __init__(self) -> None:
        import ctranslate2

        self._tokenizer = load_tokenizer(models.seq2seq_folder())
        self._translator = ctranslate2.Translator(
            str(models.ctranslate2_folder()),
            device="cpu",
            compute_type="int8",
            inter_threads=self.workers,
            intra_threads=THREADS // self.workers,
        )

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"CTranslate2 int8, greedy, {self.workers} worker(s) of {THREADS // self.workers} "
            f"thread(s), batches of {STATIC_BATCH // self.workers} when saturated"
        )

    def _run(self, numbers: list[int]) -> float:
        ids = source_ids(self._tokenizer, numbers)
        sources = [self._tokenizer.convert_ids_to_tokens(row) for row in ids.tolist()]
        started = time.perf_counter()
        results = self._translator.translate_batch(
            sources,
            max_batch_size=STATIC_BATCH // self.workers,
            beam_size=1,
            min_decoding_length=TARGET_TOKENS,
            max_decoding_length=TARGET_TOKENS,
            max_input_length=0,
        )
        passed = time.perf_counter() - started
        lengths = {len(result.hypotheses[0]) for result in results}
        if len(results) != len(numbers) or lengths != {TARGET_TOKENS}:
            raise RuntimeError(f"{len(results)} targets of {lengths} tokens")
        return passed


class CTranslate2TwoWorkers(CTranslate2Contestant):
    """The same with a worker per thread, as CTranslate2's guide advises for throughput."""

    workers = 2


def load_tokenizer(folder: Any) -> Any:
    """The tokenizer of the random model."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def source_ids(tokenizer: Any, numbers: list[int]) -> torch.Tensor:
    """Reports as token ids `[reports, SOURCE_TOKENS]`."""
    return texts_to_ids(tokenizer, [peer_text(number) for number in numbers])


def texts_to_ids(tokenizer: Any, texts: list[str]) -> torch.Tensor:
    """Texts that are all of the full length as token ids `[texts, SOURCE_TOKENS]`."""
    ids: torch.Tensor = tokenizer(texts, return_tensors="pt")["input_ids"]
    if ids.shape != (len(texts), SOURCE_TOKENS):
        raise RuntimeError(f"the sources are {tuple(ids.shape)} tokens")
    return ids


@torch.inference_mode()
def write(model: Any, ids: torch.Tensor) -> torch.Tensor:
    """Targets of exactly `TARGET_TOKENS` tokens by `generate`: `[reports, TARGET_TOKENS]`."""
    ids = ids.to(model.device)
    output: torch.Tensor = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        num_beams=1,
        min_new_tokens=TARGET_TOKENS,
        max_new_tokens=TARGET_TOKENS,
    )
    targets = output[:, 1:].cpu()
    if targets.shape != (len(ids), TARGET_TOKENS):
        raise RuntimeError(f"the targets are {tuple(targets.shape)} tokens")
    return targets
