"""What a worker is given to do."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from schemas.manifest import ModelManifest
from training.options import TrainingOptions


class TrainingJob(BaseModel):
    """What a worker is given. `update_workers` is how many workers share an update's batches.

    `threads` is the CPU threads of a worker.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    options: TrainingOptions
    manifest: ModelManifest
    folder: Path
    threads: int
    update_workers: int
