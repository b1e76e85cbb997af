"""`python -m training.recipe --source FOLDER --output FOLDER [--sample 2400]`."""

import argparse
from pathlib import Path

from training.recipe.build import build


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe", description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the gzipped sources")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--sample", type=int, default=0, help="also write a sample of this many records"
    )
    arguments = parser.parse_args()
    build(arguments.source, arguments.output, arguments.sample)


if __name__ == "__main__":
    main()
