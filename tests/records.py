"""Records out of one file, as most tests have them."""

from pathlib import Path

from training.data.records import RecordReport, read_records
from training.data.sources import SourceFile


def read_file(path: Path, max_bad_share: float = 0.05) -> RecordReport:
    """What `read_records` says of the file."""
    return read_records([SourceFile(path, str(path))], max_bad_share)
