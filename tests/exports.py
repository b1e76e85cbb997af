"""What tests of the importers share: the shipped exports, and an import into memory."""

import json
from pathlib import Path
from typing import Any

from schemas.record import TrainingRecord
from training.importers.intake import Intake
from training.importers.tally import Tally
from training.importers.tool import Tool

EXPORTS = Path(__file__).parent / "unit" / "exports"


def load(name: str) -> Any:
    """One of the shipped exports."""
    return json.loads((EXPORTS / name).read_text(encoding="utf-8"))


def import_files(tool: Tool, *paths: Path) -> tuple[list[TrainingRecord], Tally]:
    """The records of some files, and the counts."""
    intake = Intake(tool)
    return list(intake.records(paths)), intake.tally


def import_json(folder: Path, tool: Tool, *documents: Any) -> tuple[list[TrainingRecord], Tally]:
    """The same for documents that are not in a file yet; each gets one."""
    paths = [folder / f"export{number}.json" for number in range(len(documents))]
    for path, document in zip(paths, documents, strict=True):
        path.write_text(json.dumps(document), encoding="utf-8")
    return import_files(tool, *paths)
