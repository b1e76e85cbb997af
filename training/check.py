"""`python train.py check --dataset X`: what is wrong with the data, without any training."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import SummarizerError
from training.arguments import add_data_arguments, parsed
from training.data.checks.budget import CountTokens
from training.data.sources import base_name
from training.options import DataOptions

BUNDLED_MODEL = Path(__file__).parents[1] / "models" / "bug-summarizer-minilm"

DESCRIPTION = """\
Check annotated reports: bad lines, duplicates, reports that are nearly held out, outputs that say
nothing or copy headings, sources over the token budget, spellings of categories, languages.

The report is printed, and written as data/check.json and data/check.html in a folder, beside the
bad lines in data/rejects, which can be repaired and read again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check; returns the exit status.

    0 usable data, 2 data that is no good, 130 interrupted, 141 nobody reads what is printed.
    """
    given = vars(_parser().parse_args(arguments))
    folder, model = given.pop("output"), given.pop("model")
    options = parsed(DataOptions, given)
    if options is None:
        return 2
    folder = folder or _default_folder(options)
    # datasets and transformers take seconds to import; `--help` and bad options need neither.
    from training.data.parts import read_parts  # noqa: PLC0415

    try:
        try:
            read_parts(options, folder, _token_counter(model))
        finally:
            # What waits in the buffer would fail at Python's end, where nobody can answer it.
            sys.stdout.flush()
    except SummarizerError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who reads no further, such as `head`, does not hear whether the data is any good. Python
        # would complain of the pipe once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:
        # Such as a full disk; what cannot be read is told as an error of the data.
        print(f"error: {error.strerror}: {error.filename or folder}", file=sys.stderr)
        return 2
    return 0


def _default_folder(options: DataOptions) -> Path:
    """A new folder each time: rejects that are being repaired are not overwritten."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"check-{Path(base_name(options.dataset[0])).stem}-{moment}"


def _token_counter(model: str | None) -> CountTokens | None:
    from training.data.token_counter import token_counter  # noqa: PLC0415 - as above

    if model is not None:
        return token_counter(model)
    if BUNDLED_MODEL.is_dir():
        return token_counter(str(BUNDLED_MODEL))
    print("No tokens are counted: there is no bundled model; give --model")
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py check",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_data_arguments(parser)
    parser.add_argument("--model", help="whose tokens count (default: the bundled model)")
    parser.add_argument(
        "--output", type=Path, help="the folder to write to (default: runs/check-DATASET-TIME)"
    )
    return parser
