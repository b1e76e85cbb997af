"""Model folders that cannot be loaded say what is wrong with them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import ModelFolderError
from schemas.manifest import FILE_NAME, ModelKind, ModelManifest
from summarizer.engines.abstractive import AbstractiveEngine
from summarizer.engines.extractive import ExtractiveEngine
from summarizer.engines.generate import GenerateEngine
from summarizer.engines.mock import MockEngine
from summarizer.folder import load_engine, write_manifest
from tests.tiny_models import make_bart, make_bert, make_t5
from training.learning.pointing import PointingTask
from training.learning.tasks import load_task
from training.options import TrainingOptions

CATEGORIES = ["crash", "ui"]


def manifest_of(kind: ModelKind) -> ModelManifest:
    return ModelManifest(
        kind=kind, name="tiny", version="1", base_model="tiny", categories=CATEGORIES
    )


@pytest.fixture(scope="module")
def pointing_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pointing")
    options = TrainingOptions(
        dataset=("unused",), model=str(make_bert(folder / "bert")), output=Path("unused")
    )
    task = load_task(options, CATEGORIES)
    assert isinstance(task, PointingTask)
    task.save(folder / "model", manifest_of(ModelKind.EXTRACTIVE))
    return folder / "model"


@pytest.fixture
def folder(pointing_folder: Path, tmp_path: Path) -> Path:
    """A sound extractive folder that the test may spoil."""
    return Path(shutil.copytree(pointing_folder, tmp_path / "model"))


def load(folder: Path, engine: str = "auto") -> object:
    return load_engine(folder, engine, "cpu", 1)


def test_a_folder_says_which_engine_it_needs(pointing_folder: Path, tmp_path: Path) -> None:
    assert isinstance(load(pointing_folder), ExtractiveEngine)
    assert isinstance(load(make_t5(tmp_path / "t5")), AbstractiveEngine)
    assert isinstance(load(make_bart(tmp_path / "bart")), GenerateEngine)
    assert isinstance(load_engine(None, "mock", "cpu", 1), MockEngine)


def test_a_t5_folder_can_go_through_generate(tmp_path: Path) -> None:
    assert isinstance(load(make_t5(tmp_path / "t5"), "generate"), GenerateEngine)


def edit(folder: Path, name: str, **changes: object) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lambda f: (f / "config.json").unlink(), "config.json is missing", id="config"),
        pytest.param(
            lambda f: (f / "config.json").write_text("{"), "cannot be read as JSON", id="json"
        ),
        pytest.param(
            lambda f: (f / "model.safetensors").unlink(), "weights are missing", id="weights"
        ),
        pytest.param(
            lambda f: (f / "model.safetensors").write_bytes(b"torn"),
            "weights cannot be read",
            id="torn-weights",
        ),
        pytest.param(
            lambda f: (f / "tokenizer.json").unlink(), "a tokenizer is missing", id="tokenizer"
        ),
        pytest.param(
            lambda f: (f / "tokenizer.json").write_text("{}"),
            "cannot be loaded .* copy the model folder again",
            id="empty-tokenizer",
        ),
        pytest.param(
            lambda f: (f / "tokenizer.json").write_text("{"),
            "cannot be loaded .* copy the model folder again",
            id="torn-tokenizer",
        ),
        pytest.param(
            lambda f: (f / "model.safetensors").write_text(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
            ),
            "git lfs pull",
            id="lfs-pointer",
        ),
        pytest.param(lambda f: (f / FILE_NAME).unlink(), "train.py first", id="manifest"),
        pytest.param(
            lambda f: edit(f, FILE_NAME, formatVersion=9),
            "format version 9 is unknown",
            id="format",
        ),
        pytest.param(
            lambda f: edit(f, FILE_NAME, categories=["ui"]), "2 categories", id="category-count"
        ),
        pytest.param(
            lambda f: edit(f, FILE_NAME, maxSourceTokens=0), "maxSourceTokens", id="bad-value"
        ),
        pytest.param(lambda f: edit(f, FILE_NAME, kindd="x"), "kindd", id="unknown-key"),
        pytest.param(lambda f: edit(f, FILE_NAME, fields=[]), "fields", id="no-fields"),
        pytest.param(
            lambda f: edit(f, "config.json", model_type="bert"), "architecture", id="architecture"
        ),
        pytest.param(
            lambda f: edit(f, FILE_NAME, kind="abstractive"), "no encoder-decoder", id="kind"
        ),
        pytest.param(
            lambda f: edit(f, "config.json", feature_count=3), "misshapen", id="other-weights"
        ),
    ],
)
def test_a_spoilt_folder_says_what_is_wrong(
    folder: Path, spoil: Callable[[Path], object], says: str
) -> None:
    spoil(folder)
    with pytest.raises(ModelFolderError, match=says):
        load(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="there is no such model folder"):
        load(tmp_path / "nothing")


def test_an_engine_that_does_not_suit_is_refused(pointing_folder: Path) -> None:
    with pytest.raises(ModelFolderError, match="needs the engine `extractive`"):
        load(pointing_folder, "abstractive")


def test_a_bare_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"fine-tune it with train\.py first"):
        load(make_bert(tmp_path / "bert"))


def test_a_manifest_that_was_written_reads_the_same(folder: Path) -> None:
    manifest = manifest_of(ModelKind.EXTRACTIVE).model_copy(update={"version": "2"})
    write_manifest(folder, manifest)
    engine = load_engine(folder, "auto", "cpu", 1)
    assert engine.manifest == manifest
