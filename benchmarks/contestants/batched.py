"""Ray Serve with `@serve.batch` around `generate`, as its guide has it.

The batch runs on the event loop: beside it, on a thread, `@serve.batch` would cut a new batch every
few milliseconds while the model is busy, and so lose its batches just when they matter.
"""

from ray import serve
from ray.serve import Application
from starlette.requests import Request

from benchmarks import STATIC_BATCH, THREADS

BATCH_WAIT_S = 0.05


class BatchedWriter:
    """Collects requests and writes their targets in one static batch."""

    def __init__(self) -> None:
        from benchmarks.contestants.plain import Writer

        self._writer = Writer()

    @serve.batch(max_batch_size=STATIC_BATCH, batch_wait_timeout_s=BATCH_WAIT_S)
    async def write(self, texts: list[str]) -> list[str]:
        """One batch."""
        return self._writer.write(texts)

    async def __call__(self, request: Request) -> dict[str, str]:
        """A text of a report in, a text out."""
        body = await request.json()
        return {"text": await self.write(body["text"])}


def build(_args: dict[str, str]) -> Application:
    """The application for `serve run`."""
    deployment = serve.deployment(
        max_ongoing_requests=1_024, ray_actor_options={"num_cpus": THREADS}
    )
    application: Application = deployment(BatchedWriter).bind()
    return application
