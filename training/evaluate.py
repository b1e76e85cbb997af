"""How good a model folder is on annotated records, as the service would answer them.

`python -m training.evaluate --model models/NAME --dataset records.jsonl` prints the figures beside
two baselines; with `--against models/BEFORE` also whether the model got better than the one
before, and on which reports it got worse. `--precision` says in which precision the weights are,
as the service's setting does.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from schemas.errors import DatasetError, SummarizerError
from schemas.record import TrainingRecord
from summarizer.folder import read_config, read_manifest
from summarizer.linear import PRECISIONS, check_served
from training.arguments import add_bad_share_argument, add_source_arguments, parsed
from training.data.records import format_report, read_records
from training.data.sources import local_files
from training.evaluation.answers import Setup, device_for, free_threads
from training.evaluation.comparison import compare
from training.evaluation.comparison_table import format_comparison
from training.evaluation.evaluation import category_counts, evaluate_model, majority_of
from training.evaluation.evaluation_file import write_json
from training.evaluation.evaluation_page import write_evaluation_page
from training.evaluation.metrics_table import format_evaluation
from training.options import DataOptions

_DATA_ARGUMENTS = ("dataset", "dataset_token_variable", "max_bad_share")


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate from the command line; 2 where the model or the data are no good.

    130 where it was interrupted.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    setup = Setup(device_for(no_cuda=given.no_cuda), given.threads, given.precision)
    for path in (given.json, given.html):
        if path is not None:
            _make_room(path, parser)
    if given.json is not None and given.json == given.html:
        parser.error("--json and --html name the same file")
    try:
        check_served(setup.precision, torch.device(setup.device))
    except ValueError as error:
        parser.error(str(error))
    asked = {name: getattr(given, name) for name in _DATA_ARGUMENTS}
    options = parsed(DataOptions, asked)
    if options is None:
        return 2
    try:
        _evaluate(given, options, setup)
    except SummarizerError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 0


def _evaluate(given: argparse.Namespace, options: DataOptions, setup: Setup) -> None:
    records = _records(options, [path for path in (given.json, given.html) if path is not None])
    if given.against is not None:
        # Better said now than after the first model has answered.
        read_manifest(given.against, read_config(given.against))
    majority = majority_of(category_counts(records))
    ours = evaluate_model(given.model, records, majority, setup)
    print(format_evaluation(ours.evaluation, markdown=given.markdown))
    comparison = None
    if given.against is not None:
        theirs = evaluate_model(given.against, records, majority, setup)
        comparison = compare(ours, theirs, records, (given.model, given.against))
        print(f"\n{format_comparison(comparison)}")
    if given.json is not None:
        write_json(given.json, ours, records, comparison)
    if given.html is not None:
        write_evaluation_page(given.html, ours, records, comparison)


def _records(options: DataOptions, written: Sequence[Path]) -> list[TrainingRecord]:
    """The records; DatasetError where one of their files is to be written to."""
    with TemporaryDirectory() as downloads:
        token = options.dataset_token_variable
        files = local_files(options.dataset, Path(downloads), token)
        for file in files:
            if any(path.resolve() == file.path.resolve() for path in written):
                raise DatasetError(f"{file.name} is read: name another file to write to")
        records, reports = read_records(files, options.max_bad_share)
    for report in reports:
        print(format_report(report), file=sys.stderr)
    return records


def _make_room(path: Path, parser: argparse.ArgumentParser) -> None:
    """Before the evaluation, which takes its time: what it ends with can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{path.parent} cannot be made: {error.strerror}")
    try:
        if path.is_dir():
            parser.error(f"{path} is a folder; give the name of a file")
        is_new = not path.exists()
        path.open("ab").close()
        if is_new:
            path.unlink()
    except OSError as error:
        parser.error(f"{path} cannot be written: {error.strerror}; give the name of another file")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1, and a whole number")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model folder")
    add_source_arguments(parser, "the annotated records")
    add_bad_share_argument(parser)
    parser.add_argument("--against", type=Path, help="the model folder to compare it with")
    parser.add_argument("--json", type=Path, help="write all figures and scores into this file")
    parser.add_argument("--html", type=Path, help="write one page with plots into this file")
    parser.add_argument("--no-cuda", action="store_true", help="run on the CPU")
    parser.add_argument("--threads", type=_positive, default=free_threads())
    parser.add_argument("--precision", choices=PRECISIONS, default="auto", help="of the weights")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
