"""The one-process service: which engine it loads, and what it says where it cannot."""

import threading
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

import main
from deployments.local import LocalSummarizer, create_local_app
from deployments.settings import PROJECT_ROOT, Settings
from schemas.errors import ModelFolderError
from schemas.report import ReportInput
from summarizer.engine import Prediction
from summarizer.engines.mock import MockEngine, MockReport
from summarizer.scheduler import Limits


def test_the_mock_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUMMARIZER_MODEL", raising=False)
    assert main.settings_of_environment() == Settings(engine="mock")


def test_the_environment_selects_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUMMARIZER_MODEL", "models/some")
    settings = main.settings_of_environment()
    assert settings.engine == "auto"
    assert settings.model_folder == PROJECT_ROOT / "models" / "some"


async def test_the_engine_is_loaded_when_the_server_starts_and_ended_with_it() -> None:
    app = create_local_app(Settings(engine="mock"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        assert (await http.get("/ready")).status_code == 503
        async with app.router.lifespan_context(app):
            assert (await http.get("/ready")).status_code == 200
        report = {"id": "r", "input": {"description": "too late"}}
        assert (await http.post("/inference", json=report)).status_code == 503


async def test_a_folder_that_cannot_be_loaded_ends_the_start(tmp_path: Path) -> None:
    app = create_local_app(Settings(model=tmp_path / "nothing", device="cpu"))
    with pytest.raises(ModelFolderError, match="no such model folder"):
        async with app.router.lifespan_context(app):
            raise AssertionError("it started")


class Witness(MockEngine):
    """Notes the threads that it is made and asked on."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = {threading.current_thread()}

    def predict(self, batch: Sequence[MockReport]) -> list[Prediction]:
        """Answer as the mock does."""
        self.threads.add(threading.current_thread())
        return super().predict(batch)


async def test_only_the_thread_that_serves_keeps_the_helpers_that_torch_gives_it() -> None:
    engines: list[Witness] = []

    def load() -> Witness:
        engines.append(Witness())
        return engines[0]

    summarizer = LocalSummarizer(load, Limits())
    summarizer.start()
    (engine,) = engines
    assert not any(thread.is_alive() for thread in engine.threads)
    await summarizer.summarize(ReportInput(description="It fails."), "r", 10.0)
    assert sum(thread.is_alive() for thread in engine.threads) == 1
    await summarizer.close()
