"""The peers of the extractive engine: the same encoder over the same texts, and nothing else.

So many clients are one call with so many texts: a peer is spared the work of bringing clients
together. Tokenization is counted for them as it is for us. The texts of a call are sorted by length
and cut into batches, of the size that is fastest on this machine.
"""

import time
from abc import ABC, abstractmethod
from itertools import cycle, islice
from typing import Any

import numpy as np
import torch

from benchmarks import THREADS, models
from benchmarks.sources import MAX_TOKENS, rendered_texts

BATCH_SIZES = (1, 2, 4, 8, 32)


class EncodeContestant(ABC):
    """Encodes the held-out reports again and again. A subclass says with what."""

    def __init__(self) -> None:
        torch.set_num_threads(THREADS)
        self._load()
        texts = rendered_texts()
        self.batch_size = self._fastest(texts[: max(BATCH_SIZES)])
        self._texts = cycle(texts)

    @abstractmethod
    def _load(self) -> None:
        """Load the encoder."""

    @abstractmethod
    def encode(self, texts: list[str], batch_size: int) -> Any:
        """Vectors of texts."""

    def chosen_batch_size(self) -> int:
        """The batch size that was fastest."""
        return self.batch_size

    def clients(self, count: int, duration_s: float) -> dict[str, Any]:
        """Calls of `count` texts for a while: reports per second and the latency of each call."""
        latencies = []
        started = time.perf_counter()
        while (now := time.perf_counter()) - started < duration_s:
            self.encode(list(islice(self._texts, count)), self.batch_size)
            latencies.append(time.perf_counter() - now)
        passed = time.perf_counter() - started
        reports = count * len(latencies)
        return {"rate": reports / passed, "latencies": latencies, "reports": reports}

    def _fastest(self, texts: list[str]) -> int:
        def seconds(batch_size: int) -> float:
            started = time.perf_counter()
            self.encode(texts, batch_size)
            return time.perf_counter() - started

        self.encode(texts, BATCH_SIZES[0])
        return min(BATCH_SIZES, key=lambda size: min(seconds(size) for _ in range(2)))


class SentenceTransformersContestant(EncodeContestant):
    """`encode` of sentence-transformers, float32; it sorts by length itself."""

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"sentence-transformers `encode`, float32, {THREADS} threads, "
            f"batches of {self.batch_size}"
        )

    def _load(self) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(models.sentence_folder()), device="cpu")

    def encode(self, texts: list[str], batch_size: int) -> Any:
        """Mean-pooled vectors of texts."""
        return self._model.encode(texts, batch_size=batch_size, show_progress_bar=False)


class OnnxContestant(EncodeContestant):
    """ONNX Runtime, dynamic int8 with a scale per output channel."""

    def settings(self) -> str:
        """What it runs with."""
        return (
            f"ONNX Runtime dynamic int8, {THREADS} threads, batches of {self.batch_size} sorted "
            f"by length; its vectors' mean cosine to float32: {self._cosine():.4f}"
        )

    def _load(self) -> None:
        import onnxruntime
        from transformers import AutoTokenizer

        folder = models.onnx_folder()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def encode(self, texts: list[str], batch_size: int) -> Any:
        """Mean-pooled vectors of texts, in no particular order."""
        ordered = sorted(texts, key=len)
        return np.concatenate(
            [
                self._encode_batch(ordered[start : start + batch_size])
                for start in range(0, len(ordered), batch_size)
            ]
        )

    def _encode_batch(self, texts: list[str]) -> Any:
        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="np"
        )
        mask = tokens["attention_mask"]
        (states,) = self._session.run(
            None, {"input_ids": tokens["input_ids"], "attention_mask": mask}
        )
        weights = mask[:, :, None].astype(np.float32)
        return (states * weights).sum(1) / weights.sum(1)

    def _cosine(self) -> float:
        from sentence_transformers import SentenceTransformer

        texts = sorted(rendered_texts()[:32], key=len)
        exact = SentenceTransformer(str(models.sentence_folder()), device="cpu").encode(texts)
        ours = self.encode(texts, 1)
        products = (exact * ours).sum(1)
        lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(ours, axis=1)
        return float((products / lengths).mean())
