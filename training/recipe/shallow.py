"""Writes an encoder with some of the layers of another, to compare depths.

`python -m training.recipe.shallow --model FOLDER --layers 0 1 3 5 --output FOLDER`. The embeddings,
the tokenizer and the chosen layers stay as they are; `train.py` can start from the result.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from torch import nn
from transformers import AutoModel, AutoTokenizer


def write_shallow(model: Path, layers: Sequence[int], output: Path) -> None:
    """Write the encoder with only these of its layers, counted from 0, in this order.

    Raises ValueError where there is no such layer, or a layer comes twice.
    """
    if len(set(layers)) < len(layers):
        raise ValueError("--layers: a layer comes twice; name each once")
    encoder = AutoModel.from_pretrained(model)
    count = encoder.config.num_hidden_layers
    missing = [layer for layer in layers if not 0 <= layer < count]
    if missing:
        raise ValueError(f"--layers {missing[0]}: {model} has the layers 0 to {count - 1}")
    encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[layer] for layer in layers)
    encoder.config.num_hidden_layers = len(layers)
    encoder.save_pretrained(output)
    AutoTokenizer.from_pretrained(model).save_pretrained(output)


def main() -> None:
    """Read the command line and write the folder."""
    parser = argparse.ArgumentParser(prog="python -m training.recipe.shallow", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a BERT encoder")
    parser.add_argument("--layers", type=int, nargs="+", required=True)
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    try:
        write_shallow(given.model, given.layers, given.output)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
