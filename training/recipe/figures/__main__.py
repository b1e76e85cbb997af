"""Prints the figures of the bundled model's card.

`python -m training.recipe.figures --model models/NAME --records FOLDER --readings
data/readings.jsonl.gz`, where FOLDER is what `python -m training.recipe` wrote. With `--against` a
model folder of release 0.1.0 is measured beside it.
"""

import argparse
from pathlib import Path

import torch

from training.recipe.figures.held_out import held_out_reports
from training.recipe.figures.measured import measure
from training.recipe.figures.tables import format_figures
from training.recipe.readings import read_readings


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe.figures", description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--against", type=Path, help="the model folder of release 0.1.0")
    parser.add_argument("--records", type=Path, required=True, help="the recipe's output folder")
    parser.add_argument("--readings", type=Path, required=True, help="data/readings.jsonl.gz")
    parser.add_argument("--json", type=Path, help="also write all figures into this file")
    given = parser.parse_args()
    # As the answers are given; two threads that wait for each other help little.
    torch.set_num_threads(1)
    readings = read_readings(given.readings)
    held_out = held_out_reports(given.records, readings)
    figures = measure(given.model, given.against, held_out, readings)
    if given.json is not None:
        given.json.write_text(figures.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print(format_figures(figures))


if __name__ == "__main__":
    main()
