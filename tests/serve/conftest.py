"""One Serve per module, on a free port; gone when the module ends."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from ray import serve

from deployments.app import build_app
from tests.servers import free_port
from tests.waiting import eventually_blocking

READY_WITHIN_S = 180.0

Deploy = Callable[..., str]


@pytest.fixture(scope="module")
def serve_url(ray_cluster: None) -> Iterator[str]:
    """Start Serve; gives the base URL of its proxy."""
    port = free_port()
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": port})
        yield f"http://127.0.0.1:{port}"
    finally:
        serve.shutdown()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def deploy(serve_url: str) -> Deploy:
    """Run `build_app(args)` under a name of its own and wait until it is ready; gives its URL."""

    def run(name: str, args: dict[str, Any]) -> str:
        url = f"{serve_url}/{name}"
        serve.run(build_app(args), name=name, route_prefix=f"/{name}")
        eventually_blocking(
            lambda: httpx.get(f"{url}/ready", timeout=30).status_code == 200, READY_WITHIN_S
        )
        return url

    return run
