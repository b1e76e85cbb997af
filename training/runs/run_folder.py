"""What stands where in the folder of a run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run: all of it, so that it can be read, reported on and gone on with."""

    path: Path

    @property
    def record(self) -> Path:
        """What the run was told, and where it was run."""
        return self.path / "run.json"

    @property
    def lock(self) -> Path:
        """Held by the process that drives the run."""
        return self.path / "run.lock"

    @property
    def data(self) -> Path:
        """The checked records and the report on them."""
        return self.path / "data"

    @property
    def manifest(self) -> Path:
        """What the model will say of itself, before its figures are known."""
        return self.path / "manifest.json"

    def examples(self, part: str) -> Path:
        """The encoded records of a part, `train` or `validation`."""
        return self.path / "examples" / part

    @property
    def checkpoints(self) -> Path:
        """The latest checkpoint and the best one."""
        return self.path / "checkpoints"

    @property
    def events(self) -> Path:
        """Every step and epoch, a line each."""
        return self.path / "events.jsonl"

    @property
    def epochs(self) -> Path:
        """The losses of every epoch."""
        return self.path / "epochs.json"

    @property
    def evaluation(self) -> Path:
        """All figures on the held-out records."""
        return self.path / "evaluation.json"

    @property
    def card(self) -> Path:
        """The model's card."""
        return self.path / "README.md"

    @property
    def tensorboard(self) -> Path:
        """Files for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def ray(self) -> Path:
        """What Ray itself writes."""
        return self.path / "ray"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.path / "report.html"
