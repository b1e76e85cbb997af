"""`python -m training.recipe --source FOLDER --output FOLDER [--sample 2000 --readings FILE]`."""

import argparse
from pathlib import Path

from training.recipe.build import build
from training.recipe.readings import read_readings


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe", description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the gzipped sources")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument(
        "--sample", type=int, default=0, help="also write a sample of this many records"
    )
    parser.add_argument("--readings", type=Path, help="whose held-out ones are for the sample")
    arguments = parser.parse_args()
    readings = read_readings(arguments.readings) if arguments.readings else []
    build(arguments.source, arguments.output, arguments.sample, readings)


if __name__ == "__main__":
    main()
