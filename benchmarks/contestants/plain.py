"""What people write first: a FastAPI app that calls `generate`, one report at a time.

`uvicorn benchmarks.contestants.plain:app`. The endpoint is a plain function, which FastAPI runs on
a thread of its pool, and a lock keeps the model's two threads to one report: without it, forty
reports at once would fight for them.
"""

import threading
from typing import Any

import torch
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks import THREADS, models
from benchmarks.contestants.generate import load_tokenizer, texts_to_ids, write


class Writer:
    """The random model with its tokenizer: texts in, texts out. The HTTP peers share it."""

    def __init__(self) -> None:
        from transformers import AutoModelForSeq2SeqLM

        torch.set_num_threads(THREADS)
        folder = models.seq2seq_folder()
        self._tokenizer = load_tokenizer(folder)
        self._model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()

    def write(self, texts: list[str]) -> list[str]:
        """The targets of a static batch."""
        targets = write(self._model, texts_to_ids(self._tokenizer, texts))
        decoded: list[str] = self._tokenizer.batch_decode(targets)
        return decoded


class Report(BaseModel):
    """A report's text."""

    text: str


def create_app() -> FastAPI:
    """The app, its model loaded."""
    writer = Writer()
    lock = threading.Lock()
    app = FastAPI()

    @app.post("/summarize")
    def summarize(report: Report) -> dict[str, str]:
        with lock:
            return {"text": writer.write([report.text])[0]}

    return app
