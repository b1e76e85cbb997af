"""Records that are encoded on Ray, as many are, and the examples that come out."""

from pathlib import Path

import pytest
from datasets import load_from_disk

from tests.tiny_models import make_bert, make_t5
from tests.training_jobs import CATEGORIES, record
from training.data.record_file import RecordFile, RecordFileWriter
from training.learning import encoded
from training.learning.encoded import Piece, PieceEncoder, write_examples
from training.learning.task import Encoder
from training.learning.tasks import load_task
from training.options import TrainingOptions
from training.runs.encoding import for_each_on_ray

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_cluster")]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded, "PIECE_RECORDS", 3)


@pytest.fixture
def records(tmp_path: Path) -> RecordFile:
    with RecordFileWriter(tmp_path / "records.jsonl") as writer:
        for number in range(25):
            line = record(number).model_dump_json(by_alias=True).encode() + b"\n"
            writer.add(line, record(number))
        return writer.close()


def encoder(base: Path) -> Encoder:
    options = TrainingOptions(dataset=("unused",), model=str(base), output=base / "out")
    return load_task(options, CATEGORIES).encode


@pytest.mark.parametrize("make", [make_bert, make_t5])
def test_other_processes_give_the_same_examples(
    make: object, tmp_path: Path, records: RecordFile
) -> None:
    assert callable(make)
    encode = encoder(make(tmp_path / "base"))
    write_examples(encode, records, tmp_path / "here")
    write_examples(encode, records, tmp_path / "there", for_each_on_ray)
    here, there = (load_from_disk(str(tmp_path / name)) for name in ("here", "there"))
    assert len(there) == 25
    assert there.to_list() == here.to_list() == [encode(one) for one in records]


def test_what_fails_there_is_raised_here(tmp_path: Path, records: RecordFile) -> None:
    pieces = [Piece(part, tmp_path / "missing" / "rows.arrow") for part in records.pieces(10)]
    encode_piece = PieceEncoder(encoder(make_bert(tmp_path / "base")))
    with pytest.raises(FileNotFoundError, match="missing"):
        list(for_each_on_ray(encode_piece, pieces))
