"""LitServe around `generate`, around sentence-transformers, and around nothing.

`python -m benchmarks.contestants.lit KIND PORT [TEXTS]`; `encode` takes so many TEXTS at a time. A
batch waits 50 ms for company. Requests do not time out, which they would after 30 s.
"""

import sys
from typing import Any

import litserve
import torch

from benchmarks import STATIC_BATCH, THREADS, models
from benchmarks.contestants.plain import Writer

BATCH_WAIT_S = 0.05


class WritingApi(litserve.LitAPI):  # type: ignore[misc]
    """A text of a report in, a text out."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self.writer = Writer()

    def decode_request(self, request: dict[str, Any]) -> str:
        """The report's text."""
        return str(request["text"])

    def predict(self, texts: list[str]) -> list[str]:
        """One static batch."""
        return self.writer.write(texts)

    def encode_response(self, output: str) -> dict[str, str]:
        """The target."""
        return {"text": output}


class EncodingApi(litserve.LitAPI):  # type: ignore[misc]
    """A text in, a vector out."""

    texts_at_once = 1

    def setup(self, device: str) -> None:
        """Load the encoder."""
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(THREADS)
        self.model = SentenceTransformer(str(models.sentence_folder()), device="cpu")

    def decode_request(self, request: dict[str, Any]) -> str:
        """The report's text."""
        return str(request["text"])

    def predict(self, texts: list[str]) -> Any:
        """One batch, which `encode` sorts by length and cuts into small ones."""
        return self.model.encode(texts, batch_size=self.texts_at_once, show_progress_bar=False)

    def encode_response(self, output: Any) -> dict[str, list[float]]:
        """The vector."""
        return {"vector": output.tolist()}


class MockApi(litserve.LitAPI):  # type: ignore[misc]
    """The same fixed answer to everything, as our mock engine gives."""

    def setup(self, device: str) -> None:
        """Nothing to load."""

    def decode_request(self, request: dict[str, Any]) -> str:
        """The request's id."""
        return str(request["id"])

    def predict(self, request_id: str) -> str:
        """Nothing to compute."""
        return request_id

    def encode_response(self, output: str) -> dict[str, Any]:
        """An answer of our shape and size."""
        return {"id": output, "summary": SUMMARY}


SUMMARY = {
    "environment": "Not stated",
    "actualBehavior": "Mocked actual behavior — check stacktrace",
    "expectedBehavior": "Mocked expected behavior",
    "bugCategory": "mock-category",
    "suggestedSolution": "Mocked suggestion",
}


def main() -> None:
    """Serve one of the three."""
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "mock":
        api: litserve.LitAPI = MockApi()
    else:
        batched = {"generate": WritingApi, "encode": EncodingApi}[kind]
        api = batched(max_batch_size=STATIC_BATCH, batch_timeout=BATCH_WAIT_S)
    if isinstance(api, EncodingApi):
        api.texts_at_once = int(sys.argv[3])
    server = litserve.LitServer(api, accelerator="cpu", timeout=False)
    server.run(host="127.0.0.1", port=port, generate_client_file=False, log_level="warning")


if __name__ == "__main__":
    main()
