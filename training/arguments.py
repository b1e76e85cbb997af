"""The arguments that the commands have in common."""

import argparse
import sys
from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from schemas.validation import field_problems
from training.options import DataOptions

Options = TypeVar("Options", bound=DataOptions)


def add_data_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """What is read, and how it is split: the fields of `DataOptions`."""
    add_source_arguments(parser, "the records to learn from")
    add = parser.add_argument
    add(
        "--eval-dataset",
        nargs="+",
        action="extend",
        metavar="SOURCE",
        help="records to hold out, instead of a part of --dataset",
    )
    add("--max-records", type=int, help="take no more of --dataset and --eval-dataset each")
    add("--max-eval-records", type=int, help="evaluate on no more (default 5000)")
    add("--held-out-share", type=float, help="share of the records to evaluate on")
    add("--validation-share", type=float, help="share of the records to choose a checkpoint by")
    add(
        "--keep-near-duplicates",
        action="store_true",
        help="train also on reports that say nearly what a held-out one says",
    )
    add_bad_share_argument(parser)
    add("--max-source-tokens", type=int, help="what the model reads of a report (default 512)")


def add_source_arguments(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, what: str
) -> None:
    """`--dataset` and what it takes to read it; `what` says what it holds."""
    parser.add_argument(
        "--dataset",
        required=True,
        nargs="+",
        action="extend",
        metavar="SOURCE",
        help=f"{what}: files, globs, http(s) URLs; also gzipped",
    )
    parser.add_argument(
        "--dataset-token-variable",
        metavar="NAME",
        help="the environment variable with the bearer token for the URLs (default DATASET_TOKEN)",
    )


def add_bad_share_argument(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup,
) -> None:
    """`--max-bad-share`."""
    parser.add_argument(
        "--max-bad-share",
        type=float,
        help="share of bad lines above which nothing is done (default 0.05)",
    )


def parsed(options: type[Options], given: Mapping[str, object]) -> Options | None:
    """The options out of arguments; None after printing what is wrong with them."""
    useless = _useless(given)
    if useless is not None:
        print(useless, file=sys.stderr)
        return None
    try:
        return options.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        for problem in field_problems(error):
            print(f"--{problem.path.replace('_', '-')}: {problem.message}", file=sys.stderr)
        return None


def _useless(given: Mapping[str, object]) -> str | None:
    """What is wrong with an option that another one leaves without an effect.

    A default does no harm, so that only what was given counts.
    """
    names = {name for name, value in given.items() if value is not None}
    if "held_out_share" in names and given.get("eval_dataset"):
        return (
            "--held-out-share: has no use beside --eval-dataset, whose records are held out; "
            "leave one of them out"
        )
    if {"batch_size", "batch_tokens"} <= names:
        return (
            "--batch-size: has no use beside --batch-tokens, which is given in its place; leave "
            "one of them out"
        )
    for name in ("lora_alpha", "lora_targets"):
        if name in names and not given.get("lora_rank"):
            return (
                f"--{name.replace('_', '-')}: has no use without adapters; give --lora-rank as "
                "well, such as 8, or leave it out"
            )
    return None
