"""What a run was told and where it was run, kept in its folder so that it can go on."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import TrainingError
from schemas.validation import field_problems
from training.data.sources import public_name
from training.options import TrainingOptions
from training.runs.provenance import Provenance, provenance

_FILES = ("*.safetensors", "pytorch_model*.bin", "config.json", "tokenizer*", "*.model", "vocab.*")


class RunRecord(BaseModel):
    """The configuration of a run. `base_hash` is that of the base model's files, of a folder.

    `update_workers` is how many workers share an update, which stays so whoever goes on with the
    run; None while no worker has begun. `has_cut_addresses` says that the options were written
    without the queries of URLs, which may hold secrets.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    options: TrainingOptions
    created: str
    base_hash: str | None
    provenance: Provenance
    update_workers: int | None = None
    has_cut_addresses: bool = False

    def write(self, path: Path) -> None:
        """Write the record, whole or not at all."""
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(self.model_dump_json(indent=2), encoding="utf-8")
        draft.replace(path)


def new_record(options: TrainingOptions) -> RunRecord:
    """The record of a run that begins now, in this process."""
    return RunRecord(
        options=options,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        base_hash=base_hash(options.model),
        provenance=provenance(),
        has_cut_addresses=any(
            public_name(value) != value for value in (*options.dataset, *options.eval_dataset)
        ),
    )


def read_record(path: Path) -> RunRecord:
    """The record in a run's folder; TrainingError where there is none that can be read."""
    try:
        return RunRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise TrainingError(
            f"--resume {path.parent}: is no run's folder, it has no {path.name}; name a folder "
            "below --runs-folder"
        ) from error
    except ValidationError as error:
        problems = "; ".join(f"{one.path} {one.message}" for one in field_problems(error))
        raise TrainingError(f"{path}: is no record of a run ({problems})") from error


def check_base(record: RunRecord) -> None:
    """Refuse to go on from another base model than the run began with."""
    model = record.options.model
    if record.base_hash is not None and not Path(model).is_dir():
        raise TrainingError(f"model {model}: is not there any more; restore it")
    if base_hash(model) != record.base_hash:
        raise TrainingError(
            f"model {model}: is another one than when the run began (its weights, configuration "
            "or tokenizer); restore it, or begin a new run"
        )


def base_hash(model: str) -> str | None:
    """A SHA-256 over the files of a model folder; None for the name of a model on a hub."""
    folder = Path(model)
    if not folder.is_dir():
        return None
    digest = hashlib.sha256()
    for pattern in _FILES:
        for path in sorted(folder.glob(pattern)):
            with path.open("rb") as file:
                digest.update(os.fsencode(path.name))
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
